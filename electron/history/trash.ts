import { DepthwiseError } from '../../models/common/errors.ts'
import type { DeletedConversation } from '../contract/organising.ts'
import { KEPT_DAYS } from '../contract/organising.ts'
import type { Connection } from './connection.ts'
import { toConversation } from './rows.ts'

const DAY_MS = 86_400_000

/** Conversations that were deleted and can be brought back for a while. Throws NOT_FOUND for an id that is not there. */
export class Trash {
  private readonly connection: Connection

  constructor(connection: Connection) {
    this.connection = connection
  }

  /** Deleted last first. */
  list(): DeletedConversation[] {
    return this.connection
      .all('SELECT * FROM conversation WHERE deleted_at IS NOT NULL ORDER BY deleted_at DESC, id DESC')
      .map((row) => ({ ...toConversation(row), deletedAt: row.deleted_at as number }))
  }

  /** Hides a conversation at once; `purge` removes it later. */
  add(id: number, now = Date.now()): void {
    this.expect(id, 'IS NULL')
    this.connection.transaction(() =>
      this.connection.run('UPDATE conversation SET deleted_at = :now WHERE id = :id', { id, now }),
    )
  }

  restore(id: number): void {
    this.expect(id, 'IS NOT NULL')
    this.connection.transaction(() =>
      this.connection.run('UPDATE conversation SET deleted_at = NULL WHERE id = :id', { id }),
    )
  }

  /** For good: with all its messages, also out of the search and the write-ahead log. */
  erase(id: number): void {
    this.expect(id, 'IS NOT NULL')
    this.connection.transaction(() => this.connection.run('DELETE FROM conversation WHERE id = :id', { id }))
    this.connection.pragma('wal_checkpoint(TRUNCATE)')
  }

  /** For good: all whose time is over. */
  purge(now = Date.now()): void {
    const over = { before: now - KEPT_DAYS * DAY_MS }
    if (!this.connection.get('SELECT 1 FROM conversation WHERE deleted_at < :before', over)) return
    this.connection.transaction(() => this.connection.run('DELETE FROM conversation WHERE deleted_at < :before', over))
    this.connection.pragma('wal_checkpoint(TRUNCATE)')
  }

  private expect(id: number, deleted: 'IS NULL' | 'IS NOT NULL'): void {
    if (this.connection.get(`SELECT 1 FROM conversation WHERE id = :id AND deleted_at ${deleted}`, { id })) return
    throw new DepthwiseError('NOT_FOUND', 'This conversation is no longer there.', { detail: String(id) })
  }
}
