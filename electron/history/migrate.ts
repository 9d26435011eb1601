import { rmSync } from 'node:fs'
import { DepthwiseError } from '../../models/common/errors.ts'
import { backUp, forgetOldest } from './backup.ts'
import type { Connection } from './connection.ts'
import { corrupt } from './failures.ts'

/** One step of the schema. Once released it is never changed; the next step is a new file. */
export interface Migration {
  name: string
  sql: string
}

/**
 * Brings the file to the newest schema; the version is the number of steps taken (`user_version`).
 * An existing file is copied first; the copy's path is returned. Throws HISTORY_NEWER and leaves the file alone.
 */
export function migrate(connection: Connection, steps: readonly Migration[]): string | null {
  const version = connection.pragma('user_version') as number
  if (version > steps.length) {
    throw new DepthwiseError(
      'HISTORY_NEWER',
      'Your conversations were saved by a newer version of Depthwise. Start that version; this one has left them untouched.',
      { detail: `${connection.file}: version ${version}, known up to ${steps.length}` },
    )
  }
  if (version < 0) throw corrupt(connection.file, `version ${version}`)
  if (version === steps.length) return null
  const backup = version > 0 ? backUp(connection, version) : null
  try {
    for (const [index, step] of steps.entries()) if (index >= version) take(connection, step, index + 1)
  } catch (error) {
    // every start that fails would leave another copy of the same
    if (backup !== null && connection.pragma('user_version') === version) rmSync(backup, { force: true })
    throw error
  }
  if (backup !== null) forgetOldest(backup)
  return backup
}

function take(connection: Connection, step: Migration, version: number): void {
  connection.transaction(() => {
    connection.guard(() => connection.raw.exec(step.sql))
    if (connection.all('PRAGMA foreign_key_check').length > 0) throw corrupt(connection.file, `after step ${step.name}`)
    connection.pragma(`user_version = ${version}`)
  })
}
