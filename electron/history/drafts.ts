import type { Draft } from '../contract/values.ts'
import type { Connection } from './connection.ts'

/** What is typed and not sent, by conversation. */
export class Drafts {
  private readonly connection: Connection

  constructor(connection: Connection) {
    this.connection = connection
  }

  all(): Draft[] {
    return this.connection.all('SELECT conversation_id, text FROM draft').map(({ conversation_id: id, text }) => ({
      conversationId: id === 0 ? null : (id as number),
      text: String(text),
    }))
  }

  /** An empty one is forgotten, as is that of a conversation that is not there. */
  write({ conversationId, text }: Draft): void {
    const id = conversationId ?? 0
    if (text === '') {
      this.connection.run('DELETE FROM draft WHERE conversation_id = :id', { id })
      return
    }
    this.connection.run(
      `INSERT INTO draft SELECT :id, :text WHERE :id = 0 OR EXISTS (SELECT 1 FROM conversation WHERE id = :id)
       ON CONFLICT (conversation_id) DO UPDATE SET text = excluded.text`,
      { id, text },
    )
  }
}
