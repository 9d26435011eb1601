import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { generation } from './samples.ts'
import { databaseFile, refusal, temporaryFolder, withHistory } from './support.ts'

test('a turn and its growing answer are on disk at once, and the branch on view ends in the answer', () => {
  const folder = temporaryFolder()
  const ids = withHistory(folder, ({ conversations, messages }) => {
    const { id } = conversations.create('New chat')
    const { turn, answer } = messages.addTurn(id, null, 'Tell me about the sea', generation(), 'The sea')
    expect(turn).toMatchObject({ role: 'user', status: 'complete', parentId: null, generation: null })
    expect(answer).toMatchObject({ role: 'assistant', status: 'streaming', text: '', parentId: turn.id })
    expect(conversations.get(id)).toMatchObject({ leafId: answer.id, title: 'The sea' })
    return { id, answer: answer.id }
  })
  withHistory(folder, ({ conversations, messages }) => {
    expect(conversations.list().map(({ id }) => id)).toEqual([ids.id])
    expect(messages.get(ids.answer).status).toBe('interrupted')
  })
})

test('the record of an answer comes back as it was saved', () => {
  const folder = temporaryFolder()
  const record = generation({
    depths: [3, 0, 2, 300, 1],
    lengths: [1, 0, 5, 70_000, 2],
    budgetChanges: [{ token: 3, budget: 12.5 }],
    promptTokens: 12,
    budgetRealised: 48.25,
    meanDepth: 1.75,
    tokensPerSecond: 31.5,
    ttftMs: 80.25,
    finishReason: 'error',
    failure: { code: 'COMPUTE_FAILED', message: 'It failed.', detail: 'here' },
  })
  const id = withHistory(folder, ({ conversations, messages }) => {
    const { answer } = messages.addTurn(conversations.create('x').id, null, 'a', generation())
    messages.saveAnswer(answer.id, { status: 'error', text: 'wörds 🙂', generation: record })
    return answer.id
  })
  withHistory(folder, ({ messages }) => {
    expect(messages.get(id)).toMatchObject({ status: 'error', text: 'wörds 🙂', generation: record })
  })
})

test('editing and regenerating make siblings, and nothing is overwritten', () => {
  withHistory(temporaryFolder(), ({ conversations, messages }) => {
    const { id } = conversations.create('x')
    const first = messages.addTurn(id, null, 'one', generation())
    const second = messages.addAnswer(id, first.turn.id, generation({ seed: 8 }))
    const edited = messages.addTurn(id, null, 'one, better', generation())
    const later = messages.addTurn(id, first.answer.id, 'two', generation())
    expect(messages.tree(id).map((m) => [m.id, m.parentId])).toEqual([
      [first.turn.id, null],
      [first.answer.id, first.turn.id],
      [second.id, first.turn.id],
      [edited.turn.id, null],
      [edited.answer.id, edited.turn.id],
      [later.turn.id, first.answer.id],
      [later.answer.id, later.turn.id],
    ])
    expect(messages.branch(later.turn.id).map((m) => m.text)).toEqual(['one', '', 'two'])
    expect(conversations.select(id, second.id).leafId).toBe(second.id)
  })
})

test('what is not there, or in another conversation, is refused', () => {
  withHistory(temporaryFolder(), ({ conversations, messages }) => {
    const here = conversations.create('here').id
    const there = conversations.create('there').id
    const { turn } = messages.addTurn(there, null, 'x', generation())
    expect(refusal(() => messages.addTurn(here, turn.id, 'y', generation()))).toBe('NOT_FOUND')
    expect(refusal(() => messages.addTurn(99, null, 'y', generation()))).toBe('NOT_FOUND')
    expect(refusal(() => messages.addAnswer(here, 99, generation()))).toBe('NOT_FOUND')
    expect(refusal(() => conversations.select(here, turn.id))).toBe('NOT_FOUND')
    expect(refusal(() => conversations.rename(99, 'x'))).toBe('NOT_FOUND')
    expect(refusal(() => messages.get(99))).toBe('NOT_FOUND')
    expect(messages.tree(here)).toEqual([])
  })
})

test('a deleted conversation of 1200 messages is gone from the file too', () => {
  const folder = temporaryFolder()
  withHistory(folder, ({ conversations, messages, trash }) => {
    const { id } = conversations.create('x')
    let leaf: number | null = null
    for (let i = 0; i < 600; i++) leaf = messages.addTurn(id, leaf, `unmistakable words ${i}`, generation()).answer.id
    expect(messages.branch(leaf!)).toHaveLength(1200)
    trash.add(id)
    trash.erase(id)
    expect(conversations.list()).toEqual([])
    expect(messages.tree(id)).toEqual([])
  })
  expect(readFileSync(databaseFile(folder)).includes('unmistakable')).toBe(false)
})

test('a second Depthwise is kept out, and let in when the first has gone', () => {
  const folder = temporaryFolder()
  withHistory(folder, () => {
    expect(refusal(() => withHistory(folder, () => null))).toBe('BUSY')
  })
  withHistory(folder, ({ conversations }) => {
    expect(conversations.list()).toEqual([])
  })
})

test('settings keep what was changed and forget what is taken back', () => {
  const folder = temporaryFolder()
  withHistory(folder, ({ settings }) => {
    settings.write(
      new Map<string, unknown>([
        ['theme', 'dark'],
        ['seed', null],
        ['sampling.topK', 40],
      ]),
    )
    settings.write(new Map<string, unknown>([['sampling.topK', undefined]]))
  })
  withHistory(folder, ({ settings }) => {
    expect(Object.fromEntries(settings.read())).toEqual({ theme: 'dark', seed: null })
  })
})
