import Database from 'better-sqlite3'
import { DepthwiseError } from '../../models/common/errors.ts'
import { historyError } from './failures.ts'

/**
 * Holds `file` so that no second Depthwise writes the same history; the operating system lets go when the process ends,
 * however it ends. Other programs may still read the history itself. Throws BUSY.
 */
export function lockHistory(file: string): { release: () => void } {
  let lock: Database.Database | undefined
  try {
    lock = new Database(file, { timeout: 500 })
    lock.exec('BEGIN EXCLUSIVE')
  } catch (error) {
    lock?.close()
    if (error instanceof Database.SqliteError && error.code.startsWith('SQLITE_BUSY')) {
      throw new DepthwiseError(
        'BUSY',
        'Depthwise is already running with these conversations. Close the other one, or give this one its own folder with DEPTHWISE_DATA.',
        { detail: file },
      )
    }
    throw historyError(error, file)
  }
  const held = lock
  return { release: () => held.close() }
}
