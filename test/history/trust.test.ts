import { chmodSync, copyFileSync, existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { openHistory } from '../../electron/history/history.ts'
import { MIGRATIONS } from '../../electron/history/migrations/index.ts'
import { databaseFile, refusal, temporaryFolder, withHistory } from './support.ts'

const backups = (folder: string): string[] => {
  const place = path.join(folder, 'backups')
  return existsSync(place) ? readdirSync(place).toSorted() : []
}

test('starts that fail forget no earlier copy and leave no pile of new ones; one that goes well keeps three', () => {
  const folder = temporaryFolder()
  withHistory(folder, () => undefined)
  mkdirSync(path.join(folder, 'backups'), { recursive: true })
  const earlier = [1, 2, 3].map((n) => `history.v${n}.2026-01-0${n}T00-00-00-000Z.sqlite`)
  for (const name of earlier) copyFileSync(databaseFile(folder), path.join(folder, 'backups', name))
  const broken = [...MIGRATIONS, { name: 'broken', sql: 'CREATE TABLE broken (' }]
  for (let start = 0; start < 5; start++) expect(refusal(() => openHistory(folder, broken))).toBe('HISTORY_CORRUPT')
  expect(backups(folder)).toEqual(earlier)
  openHistory(folder, [...MIGRATIONS, { name: 'sound', sql: 'CREATE TABLE sound (id INTEGER)' }]).close()
  expect(backups(folder)).toHaveLength(3)
  expect(backups(folder).some((name) => name.startsWith(`history.v${MIGRATIONS.length}.`))).toBe(true)
})

test.runIf(process.platform !== 'win32')('what is kept of a person is theirs alone to read, in any folder', () => {
  const folder = temporaryFolder()
  chmodSync(folder, 0o755)
  writeFileSync(databaseFile(folder), '', { mode: 0o644 })
  const history = openHistory(folder)
  history.conversations.create('Private')
  for (const name of readdirSync(folder))
    expect([name, statSync(path.join(folder, name)).mode & 0o077]).toEqual([name, 0])
  history.close()
  openHistory(folder, [...MIGRATIONS, { name: 'next', sql: 'CREATE TABLE next (id INTEGER)' }]).close()
  for (const name of backups(folder)) {
    expect(statSync(path.join(folder, 'backups', name)).mode & 0o077).toBe(0)
  }
})

test('changes that went with a write-ahead log are missed, in words; a clean end or a whole copy is none', () => {
  const folder = temporaryFolder()
  const history = openHistory(folder)
  const copy = temporaryFolder()
  const whole = temporaryFolder()
  for (const name of readdirSync(folder)) {
    copyFileSync(path.join(folder, name), path.join(whole, name))
    if (!name.endsWith('-wal') && !name.endsWith('-shm')) copyFileSync(path.join(folder, name), path.join(copy, name))
  }
  history.close()
  const told = (place: string): string => {
    const opened = openHistory(place)
    const { notices } = opened
    opened.close()
    return notices.join(' ')
  }
  expect(told(copy)).toContain('history.sqlite-wal')
  expect(told(copy)).toBe('')
  expect(told(whole)).toBe('')
  expect(told(folder)).toBe('')
  rmSync(`${databaseFile(folder)}-wal`, { force: true })
  expect(told(folder)).toBe('')
})
