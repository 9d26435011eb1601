import type { TokenDetails } from '../contract/values.ts'
import type { Connection } from './connection.ts'
import { packDetails, unpackDetails } from './packed-details.ts'

/** Of consecutive tokens of an answer, the first of which has this index. */
export interface DetailsPart {
  first: number
  details: readonly TokenDetails[]
}

/** What decided about the tokens of answers, part by part. */
export class StoredDetails {
  private readonly connection: Connection

  constructor(connection: Connection) {
    this.connection = connection
  }

  /** In place of an earlier state of the same part. */
  save(messageId: number, { first, details }: DetailsPart): void {
    this.connection.run(
      `INSERT INTO token_details VALUES (:messageId, :first, :details)
       ON CONFLICT (message_id, first) DO UPDATE SET details = excluded.details`,
      { messageId, first, details: packDetails(details) },
    )
  }

  /** All parts of an answer, in order. */
  all(messageId: number): DetailsPart[] {
    return this.connection
      .all('SELECT first, details FROM token_details WHERE message_id = :messageId ORDER BY first', { messageId })
      .map(({ first, details }) => ({ first: first as number, details: unpackDetails(details) }))
  }

  /** Those of the first `tokens` tokens of one answer become those of another. */
  carry(from: number, to: number, tokens: number): void {
    for (const { first, details } of this.all(from)) {
      if (first < tokens) this.save(to, { first, details: details.slice(0, tokens - first) })
    }
  }

  /** The part that token `token` is in; null where nothing is known of it. */
  partOf(messageId: number, token: number): DetailsPart | null {
    const row = this.connection.get(
      `SELECT first, details FROM token_details WHERE message_id = :messageId AND first <= :token
       ORDER BY first DESC LIMIT 1`,
      { messageId, token },
    )
    if (!row) return null
    const first = row.first as number
    const details = unpackDetails(row.details)
    return token < first + details.length ? { first, details } : null
  }
}
