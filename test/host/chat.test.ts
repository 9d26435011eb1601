import path from 'node:path'
import Database from 'better-sqlite3'
import { expect, test } from 'vitest'
import { LOADED, MODEL_SAMPLING } from './samples.ts'
import { ask, readyStage, stage, until } from './support.ts'

test('a message is answered: turn and answer at once, tokens as they come, the record at the end', async () => {
  const set = readyStage()
  const { client, engine, conversationId } = set
  const { turn, answer } = await ask(set, conversationId, null, 'Tell me about the sea, please')
  expect(turn).toMatchObject({ role: 'user', status: 'complete', parentId: null })
  expect(answer).toMatchObject({ role: 'assistant', status: 'streaming', parentId: turn.id, text: '' })
  expect(client.last('conversation.changed')).toMatchObject({
    title: 'Tell me about the sea, please',
    leafId: answer.id,
  })
  expect(engine().last('generate')).toMatchObject({
    turns: [{ role: 'user', content: 'Tell me about the sea, please' }],
    budget: 50,
    sampling: MODEL_SAMPLING,
    seed: answer.generation!.seed,
  })
  engine().say({ type: 'prefill', id: engine().last('generate')!.id, done: 3, total: 5 })
  engine().speak(0, 'It ')
  engine().speak(1, 'is ', 'wide')
  expect(client.last('chat.prefill')).toEqual({ messageId: answer.id, done: 3, total: 5 })
  expect(client.all('chat.tokens').map(({ first }) => first)).toEqual([0, 1])
  engine().finish()
  const ended = client.last('chat.ended')!.message
  expect(ended).toMatchObject({
    id: answer.id,
    text: 'It is wide',
    status: 'complete',
    generation: {
      model: 'Toy, int8, toy',
      device: 'CPU, 2 threads',
      depths: [2, 2, 2],
      lengths: [3, 3, 4],
      finishReason: 'end',
      budgetRealised: 51,
      ttftMs: 12,
    },
  })
  expect(client.call('conversation.read', { id: conversationId }).messages[1]).toEqual(ended)
})

test('a growing answer is saved while it grows, and a late window reads its present state', async () => {
  const set = readyStage({ limits: { saveMs: 100 } })
  const { answer } = await ask(set, set.conversationId, null, 'Go on')
  set.engine().speak(0, 'half ', 'an ')
  expect(set.client.call('conversation.read', { id: set.conversationId }).messages[1]).toMatchObject({
    text: 'half an ',
    status: 'streaming',
  })
  await new Promise((resolve) => setTimeout(resolve, 150))
  const reader = new Database(path.join(set.dataFolder, 'history.sqlite'), { readonly: true })
  expect(reader.prepare('SELECT text, status FROM message WHERE id = ?').get(answer.id)).toEqual({
    text: 'half an ',
    status: 'streaming',
  })
  reader.close()
})

test('the budget, moved in mid-answer, is recorded where the engine says that it took effect', async () => {
  const set = readyStage()
  const { client, engine } = set
  const { answer } = await ask(set, set.conversationId, null, 'x')
  engine().speak(0, 'a')
  client.call('chat.budget', { messageId: answer.id, budget: 100 })
  const command = engine().last('budget')!
  expect(command).toMatchObject({ budget: 100 })
  engine().say({ type: 'budgetApplied', id: command.id, token: 1, budget: 100 })
  expect(client.last('chat.budget')).toEqual({ messageId: answer.id, token: 1, budget: 100 })
  engine().finish()
  expect(client.last('chat.ended')!.message.generation).toMatchObject({
    budget: 50,
    budgetChanges: [{ token: 1, budget: 100 }],
  })
  client.call('chat.budget', { messageId: answer.id, budget: 10 })
  expect(engine().last('budget')).toBe(command)
})

test('stopping is for the engine to acknowledge', async () => {
  const set = readyStage()
  const { client, engine } = set
  const { answer } = await ask(set, set.conversationId, null, 'x')
  engine().speak(0, 'so far')
  client.call('chat.stop', { messageId: answer.id })
  client.call('chat.stop', { messageId: answer.id })
  expect(engine().sent.filter(({ type }) => type === 'stop')).toHaveLength(1)
  expect(client.last('chat.ended')).toBeUndefined()
  engine().finish({ finishReason: 'stopped' })
  expect(client.last('chat.ended')!.message).toMatchObject({ text: 'so far', status: 'stopped' })
  client.call('chat.stop', { messageId: answer.id })
})

test('an engine that does not stop is killed, and what it wrote is kept', async () => {
  const set = readyStage({ limits: { stopMs: 20 } })
  const { client, engines } = set
  const { answer } = await ask(set, set.conversationId, null, 'x')
  engines[0]!.speak(0, 'so far')
  client.call('chat.stop', { messageId: answer.id })
  await until(() => client.last('chat.ended') !== undefined)
  expect(engines[0]!.isKilled).toBe(true)
  expect(client.last('chat.ended')!.message).toMatchObject({
    text: 'so far',
    status: 'stopped',
    generation: { finishReason: 'stopped', failure: null },
  })
  await until(() => engines.length === 2)
})

test('editing sends under the same parent, regenerating answers again with another seed', async () => {
  const set = readyStage()
  const { client, engine, conversationId } = set
  const first = await ask(set, conversationId, null, 'one')
  engine().speak(0, 'first')
  engine().finish()
  const next = await ask(set, conversationId, first.answer.id, 'two')
  expect(
    engine()
      .last('generate')!
      .turns.map(({ content }) => content),
  ).toEqual(['one', 'first', 'two'])
  engine().finish()
  await ask(set, conversationId, first.answer.id, 'two, better')
  expect(
    engine()
      .last('generate')!
      .turns.map(({ content }) => content),
  ).toEqual(['one', 'first', 'two, better'])
  engine().finish()
  const { answer } = client.call('chat.regenerate', { messageId: first.answer.id, budget: 20, seed: 99 })
  await until(() => engine().last('generate')!.seed === 99)
  expect(engine().last('generate')).toMatchObject({ turns: [{ role: 'user', content: 'one' }], budget: 20 })
  expect(answer.parentId).toBe(first.turn.id)
  engine().finish()
  const { conversation, messages } = client.call('conversation.read', { id: conversationId })
  expect(conversation).toMatchObject({ leafId: answer.id, title: 'one' })
  expect(messages).toHaveLength(7)
  expect(client.refusal('chat.regenerate', { messageId: next.turn.id, budget: 1 })).toBe('BAD_ARGUMENT')
  const under = { conversationId, parentId: next.turn.id, text: 'x', budget: 1 }
  expect(client.refusal('chat.send', under)).toBe('BAD_ARGUMENT')
})

test('a prompt that is too long is recorded with its sentence and left out of what follows', async () => {
  const set = readyStage()
  const { client, engine, conversationId } = set
  const long = await ask(set, conversationId, null, 'far too long')
  const failure = { code: 'PROMPT_TOO_LONG', message: 'Shorten it.' } as const
  engine().say({ type: 'generationFailed', id: engine().last('generate')!.id, failure })
  expect(client.last('chat.ended')!.message).toMatchObject({
    status: 'error',
    generation: { finishReason: 'error', failure },
  })
  await ask(set, conversationId, long.answer.id, 'short')
  expect(engine().last('generate')!.turns).toEqual([{ role: 'user', content: 'short' }])
  engine().finish()
})

test('a message sent while the model loads waits for it, and can be stopped or re-budgeted meanwhile', async () => {
  const set = stage()
  const { client, engine } = set
  const { id: conversationId } = client.call('conversation.create', {})
  const send = (parentId: number | null) =>
    client.call('chat.send', { conversationId, parentId, text: 'early', budget: 50 })
  const first = send(null)
  client.call('chat.stop', { messageId: first.answer.id })
  expect(client.last('chat.ended')!.message).toMatchObject({ id: first.answer.id, status: 'stopped', text: '' })
  const second = send(first.answer.id)
  client.call('chat.budget', { messageId: second.answer.id, budget: 80 })
  engine().load()
  await until(() => engine().last('generate') !== undefined)
  expect(engine().last('generate')).toMatchObject({ budget: 80, turns: [{ role: 'user', content: 'early\n\nearly' }] })
  engine().finish()
  const { generation } = client.last('chat.ended')!.message
  expect(generation).toMatchObject({ budget: 80, model: 'Toy, int8, toy', sampling: MODEL_SAMPLING })
  expect(client.call('conversation.read', { id: conversationId }).messages.at(-1)!.generation).toEqual(generation)
})

test('deleting a conversation stops the answer in it', async () => {
  const set = readyStage()
  const { client, engine } = set
  await ask(set, set.conversationId, null, 'x')
  engine().speak(0, 'abc')
  client.call('conversation.delete', { id: set.conversationId })
  expect(engine().last('stop')).toBeDefined()
  engine().speak(1, 'def')
  engine().finish({ finishReason: 'stopped' })
  expect(client.last('chat.ended')).toBeUndefined()
  const { id } = client.call('conversation.create', {})
  await ask(set, id, null, 'y')
  engine().finish()
  expect(client.call('conversation.list', {})).toHaveLength(1)
})

test('closing keeps the half answer', async () => {
  const set = readyStage()
  const { answer } = await ask(set, set.conversationId, null, 'x')
  set.engine().speak(0, 'half')
  await set.close()
  expect(set.engine().last('shutdown')).toBeDefined()
  await new Promise((resolve) => setTimeout(resolve, 20))
  expect(set.engines).toHaveLength(1)
  const { client } = stage({ dataFolder: set.dataFolder })
  expect(client.call('conversation.read', { id: set.conversationId }).messages[1]).toMatchObject({
    id: answer.id,
    text: 'half',
    status: 'interrupted',
    generation: { finishReason: 'interrupted', failure: { code: 'ENGINE_STOPPED' } },
  })
})

test('an answer that cannot be saved is still shown whole, and says so', async () => {
  const set = readyStage()
  await ask(set, set.conversationId, null, 'x')
  const other = new Database(path.join(set.dataFolder, 'history.sqlite'))
  other.exec("CREATE TRIGGER full BEFORE UPDATE ON message BEGIN SELECT raise(ABORT, 'disk'); END")
  other.close()
  set.engine().speak(0, 'all of it')
  set.engine().finish()
  const { message } = set.client.last('chat.ended')!
  expect(message).toMatchObject({ text: 'all of it', status: 'error' })
  expect(message.generation!.failure).not.toBe(null)
})

test('a model without a chat template goes on with the text of the branch, as it stands', async () => {
  const set = readyStage()
  const { engine, conversationId } = set
  engine().say({ ...LOADED, model: { ...LOADED.model, chat: false } })
  const { answer } = await ask(set, conversationId, null, 'Once upon')
  expect(engine().last('generate')).toMatchObject({ turns: [], text: 'Once upon' })
  engine().speak(0, ' a time')
  engine().finish()
  await ask(set, conversationId, answer.id, ' there was')
  expect(engine().last('generate')).toMatchObject({ turns: [], text: 'Once upon a time there was' })
})
