import { chmodSync, existsSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import Database from 'better-sqlite3'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Connection } from '../../electron/history/connection.ts'
import { Conversations } from '../../electron/history/conversations.ts'
import { Messages } from '../../electron/history/messages.ts'
import { Search } from '../../electron/history/search.ts'
import { generation } from './samples.ts'
import { databaseFile, refusal, temporaryFolder, withHistory } from './support.ts'

const CODES = [null, 'HISTORY_CORRUPT', 'HISTORY_NEWER', 'HISTORY_UNWRITABLE']

function filled(folder: string): number {
  return withHistory(folder, ({ conversations, messages }) => {
    const { id } = conversations.create('A talk')
    let leaf: number | null = null
    for (let i = 0; i < 40; i++) {
      const { answer } = messages.addTurn(id, leaf, `question ${i} ${'words '.repeat(50)}`, generation())
      messages.saveAnswer(answer.id, { status: 'complete', text: 'answer '.repeat(200), generation: generation() })
      leaf = answer.id
    }
    return id
  })
}

const readAll = (folder: string) => () => {
  withHistory(folder, ({ conversations, messages }) => {
    for (const { id } of conversations.list('words')) messages.tree(id)
    for (const { id } of conversations.list()) messages.addTurn(id, null, 'more', generation())
  })
}

test('a file that is no database is refused and left as it is', () => {
  const folder = temporaryFolder()
  const bytes = Buffer.from('This is a letter, not a database. '.repeat(100))
  writeFileSync(databaseFile(folder), bytes)
  expect(refusal(readAll(folder))).toBe('HISTORY_CORRUPT')
  expect(readFileSync(databaseFile(folder)).equals(bytes)).toBe(true)
})

test('another program’s database is refused', () => {
  const folder = temporaryFolder()
  const database = new Database(databaseFile(folder))
  database.exec('CREATE TABLE conversation (flavour)')
  database.close()
  expect(refusal(readAll(folder))).toBe('HISTORY_CORRUPT')
})

test('a cut file is refused', () => {
  const folder = temporaryFolder()
  filled(folder)
  truncateSync(databaseFile(folder), 20_000)
  expect(refusal(readAll(folder))).toBe('HISTORY_CORRUPT')
})

const wound = (at: number, byte: number): { at: number; bytes: Uint8Array<ArrayBuffer> } => ({
  at,
  bytes: Uint8Array.of(byte),
})

test('whatever bytes are damaged, there is an answer or a typed error, and the file stays', () => {
  const source = temporaryFolder()
  filled(source)
  const sound = readFileSync(databaseFile(source))
  const damage = fc.array(
    fc.record({ at: fc.nat({ max: sound.length - 1 }), bytes: fc.uint8Array({ minLength: 1, maxLength: 64 }) }),
    {
      minLength: 1,
      maxLength: 12,
    },
  )
  fc.assert(
    fc.property(damage, (wounds) => {
      const folder = temporaryFolder()
      const bytes = Buffer.from(sound)
      for (const { at, bytes: wound } of wounds) bytes.set(wound.subarray(0, bytes.length - at), at)
      writeFileSync(databaseFile(folder), bytes)
      expect(CODES).toContain(refusal(readAll(folder)))
      expect(existsSync(databaseFile(folder))).toBe(true)
    }),
    {
      numRuns: 60,
      // rows that refer to one another, of which one cannot be found
      examples: [[[wound(28_389, 11), wound(15, 0)]]],
    },
  )
})

test('a damaged record degrades and hides neither its message nor its chat', () => {
  const folder = temporaryFolder()
  const id = filled(folder)
  const database = new Database(databaseFile(folder))
  database.pragma('ignore_check_constraints = ON')
  database.pragma('foreign_keys = OFF')
  database.exec(`
    UPDATE generation SET depths = x'ffffffffffffffffffff', failure = '{nonsense' WHERE message_id = 2;
    UPDATE generation SET sampling = 'null' WHERE message_id = 4;
    UPDATE message SET role = 'wizard', status = 'asleep' WHERE id = 5;
    UPDATE message SET parent_id = 4711 WHERE id = 7;`)
  database.close()
  withHistory(folder, ({ conversations, messages }) => {
    expect(conversations.list()).toHaveLength(1)
    const tree = messages.tree(id)
    expect(tree).toHaveLength(80)
    expect(tree[1]!.generation).toMatchObject({ depths: [], failure: null, model: 'test-model' })
    expect(tree[3]).toMatchObject({ generation: null, status: 'complete' })
    expect(tree[4]).toMatchObject({ role: 'user', status: 'error' })
    expect(tree[6]!.parentId).toBe(null)
  })
})

test('a path that cannot be a folder, or holds no folder that can be written, is HISTORY_UNWRITABLE', () => {
  const folder = temporaryFolder()
  const inTheWay = path.join(folder, 'file')
  writeFileSync(inTheWay, '')
  expect(refusal(() => withHistory(path.join(inTheWay, 'data'), () => null))).toBe('HISTORY_UNWRITABLE')
  mkdirSync(path.join(folder, 'other', 'history.sqlite'), { recursive: true })
  expect(refusal(() => withHistory(path.join(folder, 'other'), () => null))).toBe('HISTORY_UNWRITABLE')
})

test('a folder that may only be read is HISTORY_UNWRITABLE', ({ skip }) => {
  const isRoot = process.getuid?.() === 0
  if (isRoot && !process.seteuid) skip('cannot give up root')
  const folder = temporaryFolder()
  filled(folder)
  chmodSync(folder, 0o555)
  if (isRoot) process.seteuid!(65534)
  try {
    expect(refusal(() => withHistory(folder, () => null))).toBe('HISTORY_UNWRITABLE')
  } finally {
    if (isRoot) process.seteuid!(0)
    chmodSync(folder, 0o755)
  }
})

test('a full disk is HISTORY_UNWRITABLE, and what was acknowledged stays', () => {
  const folder = temporaryFolder()
  withHistory(folder, () => null)
  const connection = new Connection(databaseFile(folder))
  connection.pragma('max_page_count = 80')
  const messages = new Messages(connection)
  const { id } = new Conversations(connection, new Search(connection)).create('x')
  let acknowledged = 0
  const fill = () => {
    for (; acknowledged < 10_000; acknowledged++) {
      messages.addTurn(id, null, `${acknowledged} ${'long '.repeat(1000)}`, generation())
    }
  }
  expect(refusal(fill)).toBe('HISTORY_UNWRITABLE')
  expect(messages.tree(id)).toHaveLength(acknowledged * 2)
  expect(acknowledged).toBeGreaterThan(0)
  connection.close()
})
