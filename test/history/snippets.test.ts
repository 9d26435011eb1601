import { expect, test } from 'vitest'
import type { History } from '../../electron/history/history.ts'
import { snippetOf } from '../../electron/history/snippet.ts'
import { generation } from './samples.ts'
import { temporaryFolder, withHistory } from './support.ts'

/** Adds a turn and its answer; gives the ids of both. */
function talk(history: History, id: number, parentId: number | null, question: string, answer: string) {
  const added = history.messages.addTurn(id, parentId, question, generation())
  history.messages.saveAnswer(added.answer.id, { status: 'complete', text: answer, generation: generation() })
  return { turn: added.turn.id, answer: added.answer.id }
}

const marked = ({ snippet, marks }: { snippet: string; marks: [number, number][] }) =>
  marks.map(([start, end]) => snippet.slice(start, end))

test('what was found comes by conversation, newest first, with the hits marked', () => {
  withHistory(temporaryFolder(), (history) => {
    const { conversations, search } = history
    const first = conversations.create('Boats')
    const second = conversations.create('The sea')
    const one = talk(history, first.id, null, 'Name my boat.', 'The Sea Otter, for a boat at sea.')
    const two = talk(history, first.id, one.answer, 'Another?', 'Over the Seas')
    talk(history, second.id, null, 'Hello', 'Hi')
    const { found, left } = search.search('sea')
    expect(left).toBe(0)
    expect(found.map(({ conversation, total }) => [conversation.id, total])).toEqual([
      [second.id, 0],
      [first.id, 2],
    ])
    expect(found[0]).toMatchObject({ marks: [[4, 7]], messages: [] })
    expect(found[1]!.messages.map(({ id }) => id)).toEqual([two.answer, one.answer])
    expect(found[1]!.messages.map(marked)).toEqual([['Sea'], ['Sea', 'sea']])
    expect(search.search('boat otter').found[0]!.messages.map(marked)).toEqual([['Otter', 'boat']])
    expect(search.search('"boat at sea"').found[0]!.messages.map(marked)).toEqual([['boat at sea']])
    expect(search.search('"sea boat"').found).toEqual([])
    expect(search.search(' ').found).toEqual([])
  })
})

test('of many messages the newest are told, with their number; of many conversations the newest', () => {
  withHistory(temporaryFolder(), (history) => {
    const { conversations, search } = history
    for (let i = 0; i < 103; i++) conversations.create(`Talk ${i}`)
    const { id } = conversations.create('Whales')
    for (let i = 0; i < 8; i++) talk(history, id, null, `talk of whale ${i}`, 'yes')
    const { found, left } = search.search('talk')
    expect([found.length, left]).toEqual([100, 4])
    expect(found[0]).toMatchObject({ conversation: { id }, total: 8 })
    expect(found[0]!.messages.map(({ snippet }) => snippet)).toEqual([7, 6, 5, 4, 3].map((i) => `talk of whale ${i}`))
  })
})

test('hits of a conversation are counted on every branch, also those that no snippet shows', () => {
  withHistory(temporaryFolder(), (history) => {
    const { id } = history.conversations.create('Tree')
    const one = talk(history, id, null, 'otter otter', 'an Ötter')
    const other = talk(history, id, null, 'no', 'otterotter')
    const elsewhere = history.conversations.create('Elsewhere')
    talk(history, elsewhere.id, null, 'otter', 'otter')
    expect(history.search.within(id, ['otter'])).toEqual([
      { messageId: one.turn, hits: 2 },
      { messageId: one.answer, hits: 1 },
      { messageId: other.answer, hits: 2 },
    ])
    expect(history.search.within(id, ['no', 'Ötter ', 'n'])).toEqual([
      { messageId: one.turn, hits: 1 },
      { messageId: one.answer, hits: 1 },
      { messageId: other.turn, hits: 1 },
    ])
    expect(history.search.within(id, ['', ' ', '\u0301'])).toEqual([])
  })
})

test('hostile text is text', () => {
  withHistory(temporaryFolder(), (history) => {
    const { id } = history.conversations.create('<b>x</b> "NEAR(" OR')
    const text = `<img src=x onerror=alert(1)> ${'\u{1f600}'.repeat(80)}<mark>needle</mark>${'\u{1f600}'.repeat(200)} \u0001\u0002`
    talk(history, id, null, text, "'; DROP TABLE message; --")
    for (const asked of [
      'NEAR(',
      '" OR "',
      '*',
      '^needle',
      'a"b',
      '\0',
      '%',
      '_',
      "'; DROP",
      'text_index:x',
      '("'.repeat(250),
    ])
      expect(() => history.search.search(asked)).not.toThrow()
    const [hit] = history.search.search('needle').found[0]!.messages
    expect(marked(hit!)).toEqual(['needle'])
    expect(hit!.snippet).toContain('<mark>needle</mark>')
    expect(hit!.snippet.isWellFormed()).toBe(true)
    expect(marked(history.search.search('DROP TABLE').found[0]!.messages[0]!)).toEqual(['DROP', 'TABLE'])
  })
})

test('a snippet is cut around its first hit, on one line, at whole words and characters', () => {
  const text = `${'before '.repeat(40)}\n\nthe Straße İstanbul\tcafé ${'after '.repeat(40)}`
  const { snippet, marks } = snippetOf(text, ['istanbul', 'CAFE'])
  expect(snippet).toMatch(/^…before .* the Straße İstanbul café after .*…$/)
  expect(marked({ snippet, marks })).toEqual(['İstanbul', 'café'])
  expect(snippetOf('short', ['nothing'])).toEqual({ snippet: 'short', marks: [] })
  expect(snippetOf('', ['x'])).toEqual({ snippet: '', marks: [] })
})
