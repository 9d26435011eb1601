import { closeSync, fsyncSync, openSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import path from 'node:path'
import { makeFolder } from '../../models/common/make-folder.ts'
import { Connection } from './connection.ts'
import { corrupt } from './failures.ts'
import { keepPrivate } from './private-file.ts'

const KEPT = 3

/** Writes a verified copy into `backups/` beside the file, and returns the copy's path. */
export function backUp(connection: Connection, version: number): string {
  return connection.guard(() => {
    const folder = path.join(path.dirname(connection.file), 'backups')
    makeFolder(folder, 0o700)
    const moment = new Date().toISOString().replaceAll(/[:.]/g, '-')
    const target = path.join(folder, `history.v${version}.${moment}.sqlite`)
    const partial = `${target}.partial`
    rmSync(partial, { force: true })
    keepPrivate(partial)
    connection.run('VACUUM INTO :partial', { partial })
    verify(partial)
    renameSync(partial, target)
    return target
  })
}

function verify(file: string): void {
  const copy = new Connection(file)
  const answer = copy.pragma('quick_check(1)')
  copy.close()
  if (answer !== 'ok') throw corrupt(file, 'the copy made before an update')
  const handle = openSync(file, 'r+')
  fsyncSync(handle)
  closeSync(handle)
}

/** Keeps the newest three: when an update has gone well, as an earlier copy may be what is needed where it has not. */
export function forgetOldest(backup: string): void {
  const folder = path.dirname(backup)
  const copies = readdirSync(folder)
    .filter((name) => /^history\.v\d+\..*\.sqlite$/.test(name))
    .map((name) => path.join(folder, name))
    .sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs || b.localeCompare(a))
  for (const copy of copies.slice(KEPT)) rmSync(copy, { force: true })
}
