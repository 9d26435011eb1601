import type { ConversationSettings } from '../contract/presets.ts'
import { ConversationSettingsSchema, FOLLOWING } from '../contract/presets.ts'
import type { Connection } from './connection.ts'
import { fromJson, readAs } from './rows.ts'

/** What conversations have of their own. */
export class KeptConversationSettings {
  private readonly connection: Connection

  constructor(connection: Connection) {
    this.connection = connection
  }

  /** Of a conversation without any, and where they cannot be read: nothing of its own. */
  read(conversationId: number): ConversationSettings {
    const row = this.connection.get('SELECT * FROM conversation_setting WHERE conversation_id = :conversationId', {
      conversationId,
    })
    if (!row) return FOLLOWING
    const { systemPrompt, sampling } = ConversationSettingsSchema.entries
    return {
      systemPrompt: readAs(systemPrompt, row.system_prompt, null),
      sampling: readAs(sampling, fromJson(row.sampling), {}),
    }
  }

  /** Of a conversation that is there. */
  write(conversationId: number, { systemPrompt, sampling }: ConversationSettings): void {
    this.connection.transaction(() =>
      this.connection.run(
        `INSERT INTO conversation_setting VALUES (:conversationId, :systemPrompt, :sampling)
         ON CONFLICT (conversation_id) DO UPDATE SET system_prompt = excluded.system_prompt, sampling = excluded.sampling`,
        { conversationId, systemPrompt, sampling: JSON.stringify(sampling) },
      ),
    )
  }
}
