import type { Draft } from '../contract/values.ts'
import type { Attachments } from './attachments.ts'
import type { Connection } from './connection.ts'

/** What is typed and attached, and not sent, by conversation. */
export class Drafts {
  private readonly connection: Connection
  private readonly attachments: Attachments

  constructor(connection: Connection, attachments: Attachments) {
    this.connection = connection
    this.attachments = attachments
  }

  all(): Draft[] {
    return this.connection.all('SELECT conversation_id, text FROM draft').map(({ conversation_id: id, text }) => {
      const attachments = this.attachments.ofDraft(id as number)
      return {
        conversationId: id === 0 ? null : (id as number),
        text: String(text),
        ...(attachments.length > 0 && { attachments }),
      }
    })
  }

  /** An empty one is forgotten, as is that of a conversation that is not there. @param files ids of attachments */
  write(conversationId: number | null, text: string, files: readonly number[] = []): void {
    const id = conversationId ?? 0
    this.connection.transaction(() => {
      if (text === '' && files.length === 0) {
        this.connection.run('DELETE FROM draft WHERE conversation_id = :id', { id })
        return
      }
      this.connection.run(
        `INSERT INTO draft SELECT :id, :text WHERE :id = 0 OR EXISTS (SELECT 1 FROM conversation WHERE id = :id)
         ON CONFLICT (conversation_id) DO UPDATE SET text = excluded.text`,
        { id, text },
      )
      const isThere = this.connection.get('SELECT 1 FROM draft WHERE conversation_id = :id', { id }) !== undefined
      if (isThere) this.attachments.giveToDraft(id, files)
    })
  }
}
