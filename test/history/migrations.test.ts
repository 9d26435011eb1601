import { existsSync, readFileSync, readdirSync } from 'node:fs'
import path from 'node:path'
import Database from 'better-sqlite3'
import { expect, test } from 'vitest'
import { openHistory } from '../../electron/history/history.ts'
import { conversations } from '../../electron/history/migrations/0001-conversations.ts'
import { MIGRATIONS } from '../../electron/history/migrations/index.ts'
import { databaseFile, refusal, temporaryFolder, withHistory } from './support.ts'

/** A file as version 1 wrote it. */
function versionOne(folder: string): void {
  const database = new Database(databaseFile(folder))
  database.pragma('journal_mode = WAL')
  database.exec(`
    ${conversations.sql}
    PRAGMA user_version = 1;
    INSERT INTO conversation VALUES (4, 'Old talk', 1000, 2000, NULL);
    INSERT INTO message VALUES (10, 4, NULL, 'user', 'complete', 'Where do whales sleep?', 1000);
    INSERT INTO message VALUES (11, 4, 10, 'assistant', 'streaming', 'Near the surf', 1001);
    INSERT INTO generation VALUES (11, 'm', 'cpu', 50, '[]', 1,
      '{"temperature":0,"topK":0,"topP":1,"minP":0,"repetitionPenalty":1,"maxTokens":9,"stop":[]}',
      x'0203', x'0508', 5, NULL, NULL, NULL, NULL, NULL, NULL);
    UPDATE conversation SET leaf_id = 11;`)
  database.close()
}

const backups = (folder: string): string[] => {
  const place = path.join(folder, 'backups')
  return existsSync(place) ? readdirSync(place).map((name) => path.join(place, name)) : []
}

test('a new file is made at the newest version and needs no backup', () => {
  const folder = temporaryFolder()
  withHistory(folder, (history) => {
    expect(history.notices).toEqual([])
  })
  const database = new Database(databaseFile(folder), { readonly: true })
  expect(database.pragma('user_version', { simple: true })).toBe(MIGRATIONS.length)
  expect(database.pragma('journal_mode', { simple: true })).toBe('wal')
  database.close()
  expect(backups(folder)).toEqual([])
})

test('a file of version 1 comes through whole, searchable, and with a verified copy of before', () => {
  const folder = temporaryFolder()
  versionOne(folder)
  withHistory(folder, ({ conversations: talks, messages, notices }) => {
    expect(talks.list('whales')).toMatchObject([{ id: 4, title: 'Old talk', updatedAt: 2000, leafId: 11 }])
    expect(messages.get(11)).toMatchObject({
      text: 'Near the surf',
      status: 'interrupted',
      generation: { depths: [2, 3], lengths: [5, 8], thought: null, finishReason: 'interrupted' },
    })
    expect(messages.details.partOf(11, 0)).toBe(null)
    expect(notices).toHaveLength(2)
  })
  const [copy, ...others] = backups(folder)
  expect(others).toEqual([])
  const database = new Database(copy)
  expect(database.pragma('user_version', { simple: true })).toBe(1)
  expect(database.pragma('integrity_check', { simple: true })).toBe('ok')
  expect(database.prepare('SELECT count(*) FROM message').pluck().get()).toBe(2)
  database.close()
})

test('three copies are kept', () => {
  const folder = temporaryFolder()
  withHistory(folder, () => null)
  for (let round = 1; round <= 5; round++) {
    const steps = Array.from({ length: round }, (_, i) => ({ name: `extra ${i}`, sql: `CREATE TABLE extra${i} (x)` }))
    openHistory(folder, [...MIGRATIONS, ...steps]).close()
  }
  expect(backups(folder)).toHaveLength(3)
  expect(backups(folder).some((file) => file.includes(`v${MIGRATIONS.length + 4}.`))).toBe(true)
})

test('a step that fails leaves the file at the version before it', () => {
  const folder = temporaryFolder()
  withHistory(folder, ({ conversations: talks }) => talks.create('kept'))
  const broken = {
    name: 'broken',
    sql: "CREATE TABLE half (x); INSERT INTO half VALUES ('y'); SELECT nonsense FROM nowhere;",
  }
  expect(refusal(() => openHistory(folder, [...MIGRATIONS, broken]))).toBe('HISTORY_CORRUPT')
  const database = new Database(databaseFile(folder))
  expect(database.prepare("SELECT name FROM sqlite_schema WHERE name = 'half'").all()).toEqual([])
  database.close()
  withHistory(folder, ({ conversations: talks }) => {
    expect(talks.list().map(({ title }) => title)).toEqual(['kept'])
  })
})

test('a file of a newer version is refused and not touched', () => {
  const folder = temporaryFolder()
  withHistory(folder, ({ conversations: talks }) => talks.create('kept'))
  const database = new Database(databaseFile(folder))
  database.pragma('user_version = 999')
  database.close()
  const before = readFileSync(databaseFile(folder))
  expect(refusal(() => openHistory(folder))).toBe('HISTORY_NEWER')
  expect(readFileSync(databaseFile(folder)).equals(before)).toBe(true)
  expect(backups(folder)).toEqual([])
})
