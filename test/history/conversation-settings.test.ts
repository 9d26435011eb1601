import Database from 'better-sqlite3'
import { expect, test } from 'vitest'
import { FOLLOWING } from '../../electron/contract/presets.ts'
import { openHistory } from '../../electron/history/history.ts'
import { MIGRATIONS } from '../../electron/history/migrations/index.ts'
import { databaseFile, temporaryFolder, withHistory } from './support.ts'

const OWN = { systemPrompt: 'Be kind.', sampling: { temperature: 0, stop: ['\n'] } }

test('conversations from before have nothing of their own, and can have', () => {
  const folder = temporaryFolder()
  const before = MIGRATIONS.slice(
    0,
    MIGRATIONS.findIndex(({ name }) => name === 'conversation-settings'),
  )
  openHistory(folder, before).close()
  const database = new Database(databaseFile(folder))
  database.exec(
    "INSERT INTO conversation (id, title, created_at, updated_at, leaf_id) VALUES (4, 'Old talk', 1000, 2000, NULL)",
  )
  database.close()
  withHistory(folder, ({ conversationSettings, requests }) => {
    expect(conversationSettings.read(4)).toEqual(FOLLOWING)
    expect(requests.list()).toEqual([])
    conversationSettings.write(4, OWN)
  })
  withHistory(folder, ({ conversationSettings }) => {
    expect(conversationSettings.read(4)).toEqual(OWN)
    conversationSettings.write(4, FOLLOWING)
    expect(conversationSettings.read(4)).toEqual(FOLLOWING)
  })
})

test('they go with their conversation, and damaged ones count as none', () => {
  const folder = temporaryFolder()
  withHistory(folder, ({ conversations, conversationSettings, trash }) => {
    const { id } = conversations.create('one')
    conversationSettings.write(id, OWN)
    trash.add(id)
    trash.erase(id)
    conversationSettings.write(conversations.create('two').id, OWN)
  })
  const database = new Database(databaseFile(folder))
  expect(database.prepare('SELECT count(*) FROM conversation_setting').pluck().get()).toBe(1)
  database.exec(`UPDATE conversation_setting SET sampling = '{"temperature":'`)
  database.close()
  withHistory(folder, ({ conversations, conversationSettings }) => {
    const [{ id } = { id: 0 }] = conversations.list()
    expect(conversationSettings.read(id)).toEqual({ systemPrompt: 'Be kind.', sampling: {} })
  })
})

test('the last 500 requests are kept', () => {
  withHistory(temporaryFolder(), ({ requests }) => {
    const asked = { at: 1, host: 'hub', path: '/', purpose: 'look', subject: 'a/b' } as const
    for (let count = 1; count <= 503; count++) requests.end(requests.add({ ...asked, at: count }), 200, count)
    const kept = requests.list()
    expect(kept).toHaveLength(500)
    expect(kept[0]).toMatchObject({ at: 503, bytes: 503 })
    expect(kept.at(-1)).toMatchObject({ at: 4 })
  })
})
