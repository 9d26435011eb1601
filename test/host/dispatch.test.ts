import fc from 'fast-check'
import { expect, test, vi } from 'vitest'
import { CALLS } from '../../electron/contract/calls.ts'
import { readyStage, stage } from './support.ts'

test('the state of the app is there before the engine is', () => {
  const { client } = stage()
  expect(client.call('app.state', {})).toMatchObject({
    contract: 1,
    version: '0.0.0-test',
    engine: { phase: 'starting', failure: null, restarts: 0 },
    starters: [],
    notices: [],
  })
})

test('a frame that cannot be read gets a reply that says so', () => {
  const { client } = stage()
  for (const frame of [
    null,
    7,
    'text',
    [],
    {},
    { id: -1, call: 'app.state', params: {} },
    { id: '1', call: 'app.state' },
  ]) {
    client.replies.clear()
    client.accept(frame)
    expect(client.replies.get(null)).toMatchObject({ failure: { code: 'BAD_FRAME' } })
  }
  client.accept({ id: 5, call: 'app.state', params: {}, extra: true })
  expect(client.replies.get(5)).toMatchObject({ failure: { code: 'BAD_FRAME' } })
})

test('unknown calls, bad arguments and impossible budgets each have their own code', () => {
  const { client, conversationId } = readyStage()
  const send = { conversationId, parentId: null, text: 'hello', budget: 50 }
  expect(client.refusal('app.explode', {})).toBe('UNKNOWN_CALL')
  expect(client.refusal('toString', {})).toBe('UNKNOWN_CALL')
  expect(client.refusal('app.state', { extra: 1 })).toBe('BAD_ARGUMENT')
  expect(client.refusal('conversation.read', { id: 'one' })).toBe('BAD_ARGUMENT')
  expect(client.refusal('conversation.rename', { id: conversationId, title: '   ' })).toBe('BAD_ARGUMENT')
  expect(client.refusal('chat.send', { ...send, text: 'x'.repeat(1_000_001) })).toBe('BAD_ARGUMENT')
  expect(client.refusal('chat.send', { ...send, budget: '50' })).toBe('BAD_ARGUMENT')
  expect(client.refusal('chat.send', { ...send, text: ' \n' })).toBe('EMPTY_PROMPT')
  for (const budget of [900, -1, NaN, Infinity, 100.001]) {
    expect(client.refusal('chat.send', { ...send, budget })).toBe('BUDGET_OUT_OF_RANGE')
    expect(client.refusal('chat.budget', { messageId: 1, budget })).toBe('BUDGET_OUT_OF_RANGE')
    expect(client.refusal('settings.change', { budget })).toBe('BUDGET_OUT_OF_RANGE')
  }
  expect(client.refusal('conversation.read', { id: 4711 })).toBe('NOT_FOUND')
  expect(client.refusal('chat.stop', { messageId: 4711 })).toBe('NOT_FOUND')
  expect(client.refusal('chat.regenerate', { messageId: 4711, budget: 1 })).toBe('NOT_FOUND')
})

test('whatever is sent, there is one reply of the contract, and never INTERNAL', async () => {
  const { client } = readyStage()
  const calls = fc.constantFrom(...Object.keys(CALLS).filter((name) => name !== 'engine.restart'))
  const params = fc.oneof(
    fc.anything(),
    fc.record(
      {
        id: fc.oneof(fc.integer(), fc.string()),
        conversationId: fc.integer({ min: -1, max: 3 }),
        messageId: fc.integer({ min: -1, max: 5 }),
        parentId: fc.option(fc.integer({ min: -1, max: 5 })),
        leafId: fc.integer({ min: -1, max: 5 }),
        text: fc.string(),
        title: fc.string(),
        search: fc.string(),
        budget: fc.double(),
        repository: fc.string(),
        folder: fc.string(),
      },
      { requiredKeys: [] },
    ),
  )
  await fc.assert(
    fc.asyncProperty(calls, params, async (call, given) => {
      client.replies.clear()
      client.accept({ id: 1, call, params: given })
      if (call.startsWith('models.')) await vi.waitUntil(() => client.replies.size > 0, 5_000)
      expect(client.replies.size).toBe(1)
      const reply = client.replies.get(1)!
      if ('failure' in reply) expect(reply.failure.code).not.toBe('INTERNAL')
    }),
    { numRuns: 300 },
  )
})

test('every window gets every event, until it leaves', () => {
  const { host, client } = stage()
  const heard: unknown[] = []
  const link = host.connect((frame) => heard.push(frame))
  const { id } = client.call('conversation.create', {})
  expect(heard).toMatchObject([{ event: 'conversation.changed', data: { id } }])
  link.close()
  client.call('conversation.rename', { id, title: 'Other' })
  expect(heard).toHaveLength(1)
  expect(client.all('conversation.changed')).toHaveLength(2)
})
