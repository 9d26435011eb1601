import { readFileSync } from 'node:fs'
import Database from 'better-sqlite3'
import { expect, test } from 'vitest'
import { KEPT_DAYS } from '../../electron/contract/organising.ts'
import { MIGRATIONS } from '../../electron/history/migrations/index.ts'
import { generation } from './samples.ts'
import { databaseFile, refusal, temporaryFolder, withHistory } from './support.ts'

const DAY_MS = 86_400_000

test('a pin, a folder and whether it is open are there after a restart', () => {
  const folder = temporaryFolder()
  const ids = withHistory(folder, ({ conversations, folders }) => {
    const { id } = conversations.create('Seaside')
    const work = folders.create('Work')
    expect(work).toEqual({ id: work.id, name: 'Work', open: true })
    expect(conversations.pin(id, true)).toMatchObject({ pinned: true, folderId: null })
    expect(conversations.move(id, work.id)).toMatchObject({ pinned: true, folderId: work.id })
    expect(folders.change(work.id, { open: false })).toMatchObject({ name: 'Work', open: false })
    expect(folders.change(work.id, { name: 'Office' })).toMatchObject({ name: 'Office', open: false })
    return { id, work: work.id }
  })
  withHistory(folder, ({ conversations, folders }) => {
    expect(conversations.list()).toMatchObject([{ id: ids.id, pinned: true, folderId: ids.work }])
    expect(folders.list()).toEqual([{ id: ids.work, name: 'Office', open: false }])
    expect(conversations.move(ids.id, null)).toMatchObject({ folderId: null })
  })
})

test('folders keep the order that they are given, and leave their conversations behind when deleted', () => {
  withHistory(temporaryFolder(), ({ conversations, folders }) => {
    const [a, b, c] = ['a', 'b', 'c'].map((name) => folders.create(name).id) as [number, number, number]
    const names = () => folders.list().map(({ name }) => name)
    folders.change(c, { place: 0 })
    expect(names()).toEqual(['c', 'a', 'b'])
    folders.change(c, { place: 99 })
    expect(names()).toEqual(['a', 'b', 'c'])
    folders.change(a, { place: 1 })
    expect(names()).toEqual(['b', 'a', 'c'])
    expect(folders.list().map(({ id }) => id)).toEqual([b, a, c])
    const { id } = conversations.create('kept')
    conversations.move(id, a)
    folders.delete(a)
    expect(names()).toEqual(['b', 'c'])
    expect(conversations.list()).toMatchObject([{ id, folderId: null }])
    expect(refusal(() => conversations.move(id, a))).toBe('NOT_FOUND')
    expect(refusal(() => folders.change(a, { name: 'x' }))).toBe('NOT_FOUND')
    expect(refusal(() => conversations.pin(99, true))).toBe('NOT_FOUND')
  })
})

test('what is deleted is hidden everywhere and comes back as it was', () => {
  const folder = temporaryFolder()
  const id = withHistory(folder, ({ conversations, messages, trash }) => {
    const { id } = conversations.create('Seaside')
    const { turn } = messages.addTurn(id, null, 'Where do whales sleep?', generation())
    conversations.pin(id, true)
    trash.add(id)
    expect(conversations.list()).toEqual([])
    expect(conversations.list('whales')).toEqual([])
    expect(conversations.list('Seaside')).toEqual([])
    for (const work of [
      () => conversations.get(id),
      () => conversations.rename(id, 'x'),
      () => conversations.select(id, turn.id),
      () => {
        trash.add(id)
      },
    ])
      expect(refusal(work)).toBe('NOT_FOUND')
    return id
  })
  withHistory(folder, ({ conversations, messages, trash }) => {
    expect(trash.list()).toMatchObject([{ id, title: 'Seaside', pinned: true }])
    trash.restore(id)
    expect(trash.list()).toEqual([])
    expect(conversations.list('whales')).toMatchObject([{ id, pinned: true }])
    expect(messages.tree(id).map(({ text }) => text)).toEqual(['Where do whales sleep?', ''])
    expect(
      refusal(() => {
        trash.restore(id)
      }),
    ).toBe('NOT_FOUND')
    expect(
      refusal(() => {
        trash.erase(id)
      }),
    ).toBe('NOT_FOUND')
  })
})

test('what was deleted long ago is removed for good at the next start, and what was not long ago is not', () => {
  const folder = temporaryFolder()
  withHistory(folder, ({ conversations, messages, trash }) => {
    for (const [title, days] of [
      ['longago', KEPT_DAYS + 1],
      ['lately', KEPT_DAYS - 1],
    ] as const) {
      const { id } = conversations.create(title)
      messages.addTurn(id, null, `unmistakable ${title}`, generation())
      trash.add(id, Date.now() - days * DAY_MS)
    }
    expect(trash.list()).toHaveLength(2)
  })
  withHistory(folder, ({ search, trash }) => {
    expect(trash.list().map(({ title }) => title)).toEqual(['lately'])
    expect(search.find('longago').size).toBe(0)
    expect(search.find('unmistakable lately').size).toBe(1)
  })
  expect(readFileSync(databaseFile(folder)).includes('unmistakable longago')).toBe(false)
})

test('conversations from before get a name that is the same on every machine', () => {
  const folder = temporaryFolder()
  const before = MIGRATIONS.slice(
    0,
    MIGRATIONS.findIndex(({ name }) => name === 'organising'),
  )
  const database = new Database(databaseFile(folder))
  for (const { sql } of before) database.exec(sql)
  database.pragma(`user_version = ${before.length}`)
  database.exec("INSERT INTO conversation (title, created_at, updated_at) VALUES ('a', 1, 2), ('b', 1, 2)")
  database.close()
  withHistory(folder, ({ conversations }) => {
    conversations.create('c')
    expect(conversations.list()).toHaveLength(3)
  })
  const after = new Database(databaseFile(folder))
  const uids = after.prepare('SELECT uid FROM conversation').pluck().all() as string[]
  after.close()
  expect(new Set(uids).size).toBe(3)
  expect(uids.every((uid) => uid.length >= 32)).toBe(true)
})
