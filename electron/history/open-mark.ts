import { existsSync, rmSync } from 'node:fs'
import type { Connection } from './connection.ts'
import { keepPrivate } from './private-file.ts'

/**
 * A file that lies beside the history while it is open. What was written last is in SQLite's write-ahead log until that
 * is copied over; where the mark was left and the log is gone, something was lost, of which SQLite says nothing.
 */
export class OpenMark {
  /** Whether changes were lost since the history was open last. */
  readonly lostChanges: boolean
  private readonly file: string
  private readonly log: string

  /** @param history its file, not yet open */
  constructor(history: string) {
    this.file = `${history}.open`
    this.log = `${history}-wal`
    this.lostChanges = existsSync(this.file) && !existsSync(this.log)
  }

  /** To be set when the history is open. Not worth an error where it fails. */
  set(): void {
    try {
      if (existsSync(this.log)) keepPrivate(this.file)
    } catch {
      return
    }
  }

  /** Copies the log over, and takes the mark away; where the first fails, as others read, closing does the same later. */
  clear(connection: Connection): void {
    try {
      connection.pragma('wal_checkpoint(TRUNCATE)')
      rmSync(this.file, { force: true })
    } catch {
      return
    }
  }
}
