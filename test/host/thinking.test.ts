import { describe, expect, test } from 'vitest'
import { DEFAULT_THINKING } from '../../models/common/values.ts'
import type { Token } from '../../models/common/values.ts'
import { LOADED, READINGS } from './samples.ts'
import type { Stage } from './support.ts'
import { ask, readyStage, stage } from './support.ts'

const THINKING = { kind: 'switch', begin: '<think>', end: '</think>', preserves: true } as const

const thinkingStage = (): Stage & { conversationId: number } => {
  const set = readyStage()
  set.engine().say({ ...LOADED, model: { ...LOADED.model, thinking: THINKING } })
  return set
}

/** Tokens of a thought, then of the answer. */
function speak({ engine }: Stage, first: number, thought: readonly string[], answer: readonly string[]): void {
  const tokens: Token[] = [
    ...thought.map((text) => ({ text, depth: 1, budget: 20, phase: 'thought' as const })),
    ...answer.map((text) => ({ text, depth: 3, budget: 50 })),
  ]
  engine().say({ type: 'tokens', id: engine().last('generate')!.id, first, tokens, readings: READINGS })
}

describe('a thought', () => {
  test('is kept beside the answer, not in it, and is not searched', async () => {
    const set = thinkingStage()
    const { client, engine, conversationId } = set
    await ask(set, conversationId, null, 'How wide is it?')
    speak(set, 0, ['Let me ', 'measure', ''], [])
    const growing = client.call('conversation.read', { id: conversationId }).messages[1]!
    expect(growing).toMatchObject({ text: '', generation: { thought: { text: 'Let me measure', tokens: 3 } } })
    speak(set, 3, [], ['', 'Very.'])
    engine().finish({ tokens: 5, thought: { tokens: 3, ms: 1234 } })
    const { message } = client.last('chat.ended')!
    expect(message).toMatchObject({
      text: 'Very.',
      generation: {
        thought: { text: 'Let me measure', tokens: 3, ms: 1234 },
        depths: [1, 1, 1, 3, 3],
        lengths: [7, 7, 0, 0, 5],
      },
    })
    expect(client.call('conversation.list', { search: 'measure' })).toEqual([])
    expect(client.call('conversation.list', { search: 'Very' })).toHaveLength(1)
    await set.close()
    const later = stage({ dataFolder: set.dataFolder }).client
    expect(later.call('conversation.read', { id: conversationId }).messages[1]).toEqual(message)
  })

  test('is sent back only where it is wanted and the template can show it', async () => {
    const set = thinkingStage()
    const { client, engine, conversationId } = set
    const { answer } = await ask(set, conversationId, null, 'one')
    speak(set, 0, ['Hm.\n'], ['Yes.'])
    engine().finish()
    const { answer: next } = await ask(set, conversationId, answer.id, 'two')
    expect(engine().last('generate')!.turns[1]).toEqual({ role: 'assistant', content: 'Yes.' })
    engine().finish()
    client.call('settings.change', { thinking: { ...DEFAULT_THINKING, keep: true } })
    const { answer: last } = await ask(set, conversationId, next.parentId === null ? null : answer.id, 'three')
    expect(engine().last('generate')!.turns[1]).toEqual({ role: 'assistant', content: 'Yes.', thought: 'Hm.' })
    engine().finish()
    engine().say({ ...LOADED, model: { ...LOADED.model, thinking: { ...THINKING, preserves: false } } })
    await ask(set, conversationId, last.id, 'four')
    expect(engine().last('generate')!.turns[1]).toEqual({ role: 'assistant', content: 'Yes.' })
  })

  test('that never came to an answer is no answer to go on from', async () => {
    const set = thinkingStage()
    const { answer } = await ask(set, set.conversationId, null, 'one')
    speak(set, 0, ['Hm'], [])
    set.engine().finish({ finishReason: 'stopped' })
    await ask(set, set.conversationId, answer.id, 'two')
    expect(set.engine().last('generate')!.turns).toEqual([{ role: 'user', content: 'one\n\ntwo' }])
  })

  test('is ended on call, and told of when it goes in circles', async () => {
    const set = thinkingStage()
    const { client, engine } = set
    const { answer } = await ask(set, set.conversationId, null, 'one')
    speak(set, 0, ['Hm'], [])
    const { id } = engine().last('generate')!
    engine().say({ type: 'circling', id, token: 1 })
    expect(client.last('chat.circling')).toEqual({ messageId: answer.id, token: 1 })
    client.call('chat.endThought', { messageId: answer.id })
    expect(engine().last('endThought')).toEqual({ type: 'endThought', id })
    engine().finish()
    const before = engine().sent.length
    client.call('chat.endThought', { messageId: answer.id })
    expect(engine().sent).toHaveLength(before)
    expect(client.refusal('chat.endThought', { messageId: 999 })).toBe('NOT_FOUND')
  })

  test('has a budget of its own, which is told and recorded with the answer’s', async () => {
    const set = thinkingStage()
    const { client, engine } = set
    client.call('settings.change', { thinking: { ...DEFAULT_THINKING, budget: 20, maxTokens: 64 } })
    const { answer } = await ask(set, set.conversationId, null, 'one')
    const { id, thinking } = engine().last('generate')!
    expect(thinking).toMatchObject({ budget: 20, maxTokens: 64, on: true })
    engine().say({ type: 'prefill', id, done: 0, total: 3 })
    engine().say({ type: 'budgetApplied', id, token: 0, budget: 20, phase: 'thought' })
    expect(client.last('chat.budget')).toEqual({ messageId: answer.id, token: 0, budget: 20, phase: 'thought' })
    client.call('chat.budget', { messageId: answer.id, budget: 5, phase: 'thought' })
    expect(engine().last('budget')).toEqual({ type: 'budget', id, budget: 5, phase: 'thought' })
    engine().say({ type: 'budgetApplied', id, token: 2, budget: 50 })
    expect(client.last('chat.budget')).toEqual({ messageId: answer.id, token: 2, budget: 50 })
    engine().finish()
    expect(client.last('chat.ended')!.message.generation).toMatchObject({
      budget: 50,
      budgetChanges: [
        { token: 0, budget: 20 },
        { token: 2, budget: 50 },
      ],
    })
  })
})

test('settings of thoughts are kept one by one', async () => {
  const set = readyStage()
  expect(set.client.call('app.state', {}).settings.thinking).toEqual(DEFAULT_THINKING)
  set.client.call('settings.change', { thinking: { ...DEFAULT_THINKING, on: false, maxTokens: 100 } })
  set.client.call('settings.change', { thinking: { ...DEFAULT_THINKING, on: false, maxTokens: null } })
  await set.close()
  const later = stage({ dataFolder: set.dataFolder }).client
  expect(later.call('app.state', {}).settings.thinking).toEqual({ ...DEFAULT_THINKING, on: false })
})
