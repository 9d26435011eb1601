import { expect, test } from 'vitest'
import { ask, readyStage, until } from './support.ts'

test('an answer is continued beside it: what was written is kept, and what follows counts from there', async () => {
  const set = readyStage()
  const { client, engine, conversationId } = set
  const { turn, answer: first } = await ask(set, conversationId, null, 'Tell me about the sea')
  engine().speak(0, 'It ', 'is ')
  engine().finish()
  const { answer } = client.call('chat.continue', { messageId: first.id, budget: 80, seed: 7 })
  expect(answer).toMatchObject({ parentId: turn.id, status: 'streaming', text: 'It is ' })
  await until(() => engine().last('generate')!.seed === 7)
  expect(engine().last('generate')).toMatchObject({
    turns: [{ role: 'user', content: 'Tell me about the sea' }],
    begun: 'It is ',
    budget: 80,
  })
  const { id } = engine().last('generate')!
  engine().say({ type: 'prefill', id, done: 1, total: 1 })
  engine().speak(0, 'wide.')
  engine().say({ type: 'budgetApplied', id, token: 1, budget: 20 })
  engine().finish()
  expect(client.last('chat.tokens')).toMatchObject({ messageId: answer.id, first: 2 })
  expect(client.last('chat.budget')).toMatchObject({ messageId: answer.id, token: 3, budget: 20 })
  const { conversation, messages } = client.call('conversation.read', { id: conversationId })
  expect(conversation.leafId).toBe(answer.id)
  expect(messages.map(({ text }) => text)).toEqual(['Tell me about the sea', 'It is ', 'It is wide.'])
  expect(messages[2]).toMatchObject({
    status: 'complete',
    generation: { lengths: [3, 3, 5], budgetChanges: [{ token: 3, budget: 20 }] },
  })
})

test('a person words an answer anew, and has it continued', async () => {
  const set = readyStage()
  const { client, engine, conversationId } = set
  const { turn, answer: first } = await ask(set, conversationId, null, 'Name a bird')
  engine().speak(0, 'A cat')
  engine().finish()
  const { answer } = client.call('chat.reword', { messageId: first.id, text: 'A robin' })
  expect(answer).toMatchObject({ parentId: turn.id, role: 'assistant', status: 'complete', generation: null })
  expect(client.last('conversation.changed')).toMatchObject({ leafId: answer.id })
  const next = client.call('chat.continue', { messageId: answer.id, budget: 0, seed: 3 }).answer
  await until(() => engine().last('generate')!.seed === 3)
  expect(engine().last('generate')).toMatchObject({ begun: 'A robin' })
  engine().speak(0, ', say.')
  engine().finish()
  expect(client.call('conversation.read', { id: conversationId }).messages.at(-1)).toMatchObject({
    id: next.id,
    text: 'A robin, say.',
    generation: { lengths: [7, 6] },
  })
  await ask(set, conversationId, next.id, 'Another')
  expect(
    engine()
      .last('generate')!
      .turns.map(({ content }) => content),
  ).toEqual(['Name a bird', 'A robin, say.', 'Another'])
})

test('neither takes what is no answer, nor one that is being written, nor nothing', async () => {
  const set = readyStage()
  const { client, engine, conversationId } = set
  const { turn, answer } = await ask(set, conversationId, null, 'Hello')
  expect(client.refusal('chat.continue', { messageId: answer.id, budget: 1 })).toBe('BUSY')
  expect(client.refusal('chat.reword', { messageId: answer.id, text: 'x' })).toBe('BUSY')
  engine().finish()
  expect(client.refusal('chat.continue', { messageId: answer.id, budget: 1 })).toBe('BAD_ARGUMENT')
  expect(client.refusal('chat.reword', { messageId: answer.id, text: ' \n' })).toBe('EMPTY_PROMPT')
  expect(client.refusal('chat.continue', { messageId: turn.id, budget: 1 })).toBe('BAD_ARGUMENT')
  expect(client.refusal('chat.reword', { messageId: turn.id, text: 'x' })).toBe('BAD_ARGUMENT')
  expect(client.refusal('chat.reword', { messageId: 999, text: 'x' })).toBe('NOT_FOUND')
})
