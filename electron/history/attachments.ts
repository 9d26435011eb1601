import { Buffer } from 'node:buffer'
import { DepthwiseError } from '../../models/common/errors.ts'
import type { FileText } from '../contract/attachments.ts'
import { LARGEST_ATTACHMENT } from '../contract/attachments.ts'
import type { Attachment } from '../contract/values.ts'
import type { Connection, Row } from './connection.ts'

/** Text files of turns and drafts. A file is never changed; it goes with the last turn or draft that has it. */
export class Attachments {
  private readonly connection: Connection

  constructor(connection: Connection) {
    this.connection = connection
  }

  /** Throws BAD_ARGUMENT where it is too large. */
  add({ name, text }: FileText): Attachment {
    const bytes = Buffer.byteLength(text)
    if (bytes > LARGEST_ATTACHMENT) {
      throw new DepthwiseError('BAD_ARGUMENT', `“${name}” is larger than the 1 MB that can be attached.`)
    }
    const id = this.connection.transaction(() =>
      this.connection.run('INSERT INTO attachment (name, bytes, text) VALUES (:name, :bytes, :text)', {
        name,
        bytes,
        text,
      }),
    )
    return { id, name, bytes }
  }

  /** Throws NOT_FOUND. */
  read(id: number): Attachment & { text: string } {
    const row = this.connection.get('SELECT * FROM attachment WHERE id = :id', { id })
    if (!row) throw new DepthwiseError('NOT_FOUND', 'This file is no longer there. Attach it again.')
    return { ...toAttachment(row), text: String(row.text) }
  }

  /** Throws NOT_FOUND. */
  names(ids: readonly number[] = []): string[] {
    return ids.map((id) => this.read(id).name)
  }

  /** In their order. */
  ofMessage(messageId: number): Attachment[] {
    return this.connection
      .all(
        `SELECT id, name, bytes FROM message_attachment JOIN attachment ON id = attachment_id
         WHERE message_id = :messageId ORDER BY position`,
        { messageId },
      )
      .map(toAttachment)
  }

  ofDraft(conversationId: number): Attachment[] {
    return this.connection
      .all(
        `SELECT id, name, bytes FROM draft_attachment JOIN attachment ON id = attachment_id
         WHERE conversation_id = :conversationId ORDER BY position`,
        { conversationId },
      )
      .map(toAttachment)
  }

  /** Only inside a transaction. Throws NOT_FOUND where one of them is not there. */
  giveToMessage(messageId: number, ids: readonly number[]): void {
    for (const [position, id] of [...new Set(ids)].entries()) {
      if (!this.connection.get('SELECT 1 FROM attachment WHERE id = :id', { id }))
        throw new DepthwiseError('NOT_FOUND', 'A file of this message is no longer there. Attach it again.')
      this.connection.run('INSERT INTO message_attachment VALUES (:messageId, :id, :position)', {
        messageId,
        id,
        position,
      })
    }
  }

  /** Of a draft that is there: these and no others; one that is not there is left out. Only inside a transaction. */
  giveToDraft(conversationId: number, ids: readonly number[]): void {
    this.connection.run(
      `DELETE FROM draft_attachment WHERE conversation_id = :conversationId
       AND attachment_id NOT IN (SELECT value FROM json_each(:ids))`,
      { conversationId, ids: JSON.stringify(ids) },
    )
    for (const [position, id] of ids.entries()) {
      this.connection.run(
        `INSERT INTO draft_attachment SELECT :conversationId, id, :position FROM attachment WHERE id = :id
         ON CONFLICT (conversation_id, attachment_id) DO UPDATE SET position = excluded.position`,
        { conversationId, id, position },
      )
    }
  }

  /** Those that were attached and belong to nothing. */
  forgetUnused(): void {
    this.connection.run(
      `DELETE FROM attachment WHERE id NOT IN (SELECT attachment_id FROM message_attachment)
       AND id NOT IN (SELECT attachment_id FROM draft_attachment)`,
    )
  }
}

const toAttachment = (row: Row): Attachment => ({
  id: row.id as number,
  name: String(row.name),
  bytes: row.bytes as number,
})
