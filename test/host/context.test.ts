import { expect, test } from 'vitest'
import { UNSENT } from '../../electron/host/context.ts'
import type { Stage } from './support.ts'
import { ask, readyStage, until } from './support.ts'
import { LOADED } from './samples.ts'

/** A stage whose model reads so little that every prompt has to be counted. */
function narrowStage(): Stage & { conversationId: number } {
  const set = readyStage()
  set.engine().say({ ...LOADED, model: { ...LOADED.model, contextLength: 64 } })
  return set
}

async function counted(
  { engine }: Stage,
  counts: { whole: number; newest: number; read: number; leftOut: number } | null,
) {
  await until(() => engine().last('count') !== undefined)
  const { request } = engine().last('count')!
  engine().say({ type: 'counted', request, counts })
}

test('what is typed is counted with its branch, by the engine', async () => {
  const set = narrowStage()
  const { client, conversationId } = set
  const counts = client.late('context.count', { conversationId, parentId: null, text: 'Do you like dogs?' })
  await counted(set, { whole: 40, newest: 40, read: 40, leftOut: 0 })
  expect(await counts).toEqual({ whole: 40, newest: 40, read: 40, limit: 64, readsFrom: null })
  expect(set.engine().last('count')).toMatchObject({
    turns: [{ role: 'user', content: 'Do you like dogs?' }],
    maxTokens: 256,
  })
  expect(set.engine().last('count')).not.toHaveProperty('leftOut')
})

test('an answer that took all of the context is no message that is too long, and is left out for what comes next', async () => {
  const set = readyStage()
  const { client, conversationId } = set
  const { answer } = await ask(set, conversationId, null, 'Tell me all.')
  set.engine().speak(0, 'So it is.')
  set.engine().finish()
  set.engine().say({ ...LOADED, model: { ...LOADED.model, contextLength: 64 } })
  const nothing = { conversationId, parentId: answer.id, text: '' }
  const counts = { whole: 64, newest: 64, read: 64, leftOut: 0 }
  const asked = client.late('context.count', nothing)
  await counted(set, counts)
  expect(await asked).toMatchObject({ whole: 64, newest: 0, read: 64, readsFrom: null })
  client.call('conversation.overflow', { id: conversationId, overflow: 'drop' })
  const again = client.late('context.count', nothing)
  await until(() => set.engine().sent.filter(({ type }) => type === 'count').length === 2)
  await counted(set, counts)
  expect(await again).toMatchObject({ whole: 64, newest: 0, read: 0, readsFrom: UNSENT })
  // the question itself, which would be answered again
  const question = client.late('context.count', { ...nothing, parentId: answer.parentId })
  await until(() => set.engine().sent.filter(({ type }) => type === 'count').length === 3)
  await counted(set, counts)
  expect(await question).toMatchObject({ newest: 64, read: 64 })
})

test.each([
  ['PROMPT_TOO_LONG', { whole: 64, newest: 64, read: 64, leftOut: 0 }],
  ['CONTEXT_FULL', { whole: 64, newest: 20, read: 64, leftOut: 0 }],
])('a message that finds no room is refused with %s, and nothing of it is kept', async (code, counts) => {
  const set = narrowStage()
  const asked = { parentId: null, text: 'Do you like dogs?', budget: 50 }
  const sent = set.client.late('chat.send', { conversationId: null, ...asked })
  const refused = expect(sent).rejects.toThrow(expect.objectContaining({ code }))
  await counted(set, counts)
  await refused
  expect(set.client.call('conversation.list', {}).map(({ id }) => id)).toEqual([set.conversationId])
  expect(set.client.call('conversation.read', { id: set.conversationId }).messages).toEqual([])
})

test('a new conversation comes with its first turn', () => {
  const { client } = readyStage()
  const { conversation, turn } = client.call('chat.send', {
    conversationId: null,
    parentId: null,
    text: 'Do you like dogs?',
    budget: 50,
  })
  expect(conversation).toMatchObject({ id: turn.conversationId, title: 'Do you like dogs?', overflow: 'ask' })
  expect(client.refusal('chat.send', { conversationId: null, parentId: null, text: ' ', budget: 50 })).toBe(
    'EMPTY_PROMPT',
  )
  expect(client.call('conversation.list', {})).toHaveLength(2)
})

test('where an engine goes away while it counts, the message is taken', async () => {
  const set = narrowStage()
  const asked = { conversationId: set.conversationId, parentId: null, text: 'x', budget: 50 }
  const sent = set.client.late('chat.send', asked)
  await until(() => set.engine().last('count') !== undefined)
  set.engine().exit('signal SIGKILL')
  expect((await sent).turn.text).toBe('x')
})

test('a conversation that drops its oldest turns says so to the engine, and each answer keeps where its reading began', async () => {
  const set = readyStage()
  const { client, engine, conversationId } = set
  const speak = async (parentId: number | null, text: string, leftOut: number) => {
    const { turn, answer } = await ask(set, conversationId, parentId, text)
    const { id } = engine().last('generate')!
    if (leftOut > 0) engine().say({ type: 'leftOut', id, turns: leftOut })
    engine().speak(0, 'Yes.')
    engine().finish()
    return { turn, answer }
  }
  const first = await speak(null, 'one', 0)
  expect(engine().last('generate')).not.toHaveProperty('leftOut')
  expect(client.call('conversation.overflow', { id: conversationId, overflow: 'drop' }).overflow).toBe('drop')
  const second = await speak(first.answer.id, 'two', 2)
  expect(engine().last('generate')).toMatchObject({ leftOut: 0 })
  const third = await speak(second.answer.id, 'three', 2)
  expect(engine().last('generate')).toMatchObject({ leftOut: 2 })
  const kept = new Map(
    client.call('conversation.read', { id: conversationId }).messages.map((message) => [message.id, message]),
  )
  expect([first, second, third].map(({ answer }) => kept.get(answer.id)!.generation!.readsFrom)).toEqual([
    null,
    second.turn.id,
    second.turn.id,
  ])
})

test('drafts are kept over a restart, an empty one is forgotten, and a conversation takes its own along', async () => {
  const set = readyStage()
  const { client, conversationId, dataFolder } = set
  for (const text of ['half', 'half a']) client.call('draft.write', { conversationId, text })
  client.call('draft.write', { conversationId: null, text: 'new' })
  client.call('draft.write', { conversationId: 999, text: 'of none' })
  await set.close()
  const again = readyStage({ dataFolder })
  expect(again.client.call('draft.list', {})).toEqual([
    { conversationId: null, text: 'new' },
    { conversationId, text: 'half a' },
  ])
  again.client.call('draft.write', { conversationId: null, text: '' })
  again.client.call('conversation.delete', { id: conversationId })
  again.client.call('conversation.erase', { id: conversationId })
  expect(again.client.call('draft.list', {})).toEqual([])
})
