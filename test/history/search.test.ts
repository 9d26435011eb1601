import Database from 'better-sqlite3'
import { expect, test } from 'vitest'
import type { History } from '../../electron/history/history.ts'
import { generation } from './samples.ts'
import { databaseFile, temporaryFolder, withHistory } from './support.ts'

function talk({ conversations, messages }: History, title: string, question: string, answer: string): number {
  const { id } = conversations.create(title)
  const added = messages.addTurn(id, null, question, generation())
  messages.saveAnswer(added.answer.id, { status: 'complete', text: answer, generation: generation() })
  return id
}

test('titles and texts are found by parts of words, in any case and script', () => {
  withHistory(temporaryFolder(), (history) => {
    const sea = talk(history, 'Seaside', 'Tell me about lighthouses', 'They warn ships at night.')
    const cafe = talk(history, 'Breakfast', 'Un CAFÉ, s’il vous plaît', '日本語で答えます。')
    const odd = talk(history, '100% "quoted" (a OR b)*', 'x_y', 'ok')
    const found = (search: string) => history.conversations.list(search).map(({ id }) => id)
    expect(found('lighthouse')).toEqual([sea])
    expect(found('WARN ships')).toEqual([sea])
    expect(found('seas')).toEqual([sea])
    expect(found('cafe')).toEqual([cafe])
    expect(found('日本語')).toEqual([cafe])
    expect(found('日本')).toEqual([cafe])
    expect(found('100%')).toEqual([odd])
    expect(found('0%')).toEqual([odd])
    expect(found('_y')).toEqual([odd])
    expect(found('"quoted"')).toEqual([odd])
    expect(found('OR b)*')).toEqual([odd])
    expect(found('nowhere at all')).toEqual([])
    expect(found('lighthouses ships')).toEqual([])
    expect(found('  ')).toEqual([odd, cafe, sea])
    expect(found('a\0b'.repeat(100))).toEqual([])
  })
})

test('the index follows renames, answers that end, and deletions', () => {
  const folder = temporaryFolder()
  withHistory(folder, (history) => {
    const id = talk(history, 'Before', 'question', 'answer')
    history.conversations.rename(id, 'Afterwards')
    expect(history.conversations.list('before')).toEqual([])
    expect(history.conversations.list('afterw')).toHaveLength(1)
    const { answer } = history.messages.addTurn(id, null, 'again', generation())
    const save = (status: 'streaming' | 'complete', text: string) => {
      history.messages.saveAnswer(answer.id, { status, text, generation: generation() })
    }
    save('streaming', 'growing')
    expect(history.conversations.list('growing')).toEqual([])
    save('complete', 'growing taller')
    expect(history.conversations.list('taller')).toHaveLength(1)
    history.trash.add(id)
    history.trash.erase(id)
    expect(history.conversations.list('taller')).toEqual([])
  })
  const database = new Database(databaseFile(folder))
  for (const index of ['title_index', 'text_index']) {
    database.exec(`INSERT INTO ${index} (${index}, rank) VALUES ('integrity-check', 1)`)
  }
  database.close()
})

test('a ruined index is made again and stops neither searching nor writing', () => {
  const folder = temporaryFolder()
  const ruin = () => {
    const database = new Database(databaseFile(folder))
    database.unsafeMode()
    database.exec("UPDATE text_index_data SET block = x'00ff00ff00ff' WHERE id > 1")
    database.close()
  }
  const id = withHistory(folder, (history) => {
    const talks = Array.from({ length: 30 }, (_, i) =>
      talk(history, `t ${i}`, `question ${i}`, 'an answer about whales'),
    )
    return talks[0]!
  })
  ruin()
  withHistory(folder, (history) => {
    expect(history.conversations.list('whales')).toHaveLength(30)
  })
  ruin()
  withHistory(folder, (history) => {
    history.trash.add(id)
    history.trash.erase(id)
    expect(history.conversations.list('whales')).toHaveLength(29)
  })
})
