import { expect, test } from 'vitest'
import type { Token } from '../../models/common/values.ts'
import { READINGS } from './samples.ts'
import { ask, readyStage, stage, until } from './support.ts'

const likely = (text: string, probability: number) => ({ text, logProbability: Math.log2(probability) })

const token = (text: string): Token => ({
  text,
  depth: 2,
  budget: 50,
  likelihood: { ...likely(text, 0.5), likeliest: [likely(text, 0.5), likely('other', 0.25)] },
  gate: { score: 0.75, least: 0.5, passed: true },
})

const inserted: Token = { text: '', depth: 1, budget: 50, phase: 'thought' }

test('what decided about tokens is asked of the engine, kept, and told where it is asked for only', async () => {
  const set = readyStage()
  const { client, engine, conversationId } = set
  const { answer } = await ask(set, conversationId, null, 'Go on')
  const { id, likeliest } = engine().last('generate')!
  expect(likeliest).toBe(5)
  const say = (first: number, ...tokens: Token[]): void => {
    engine().say({ type: 'tokens', id, first, tokens, readings: READINGS })
  }
  say(0, inserted, token('It'))
  expect(client.last('chat.tokens')!.tokens).toEqual([inserted, { text: 'It', depth: 2, budget: 50 }])
  const asked = (index: number) => client.call('message.tokenDetails', { messageId: answer.id, token: index })
  const gate = { score: 0.75, least: 0.5, passed: true }
  expect(asked(1)).toEqual({
    first: 0,
    details: [
      { likelihood: null, gate: null },
      { likelihood: token('It').likelihood, gate },
    ],
  })
  expect(asked(2).details).toEqual([])
  say(2, token(' is'))
  expect(asked(2).details).toHaveLength(3)
  for (let i = 3; i < 600; i++) say(i, token(` ${i}`))
  expect(asked(300)).toMatchObject({ first: 256, details: { length: 256 } })
  const growing = asked(599)
  expect(growing).toMatchObject({ first: 512, details: { length: 88 } })
  engine().finish()
  await until(() => client.ended(answer.id) !== undefined)
  expect(asked(599)).toEqual(growing)
  expect(JSON.stringify(client.call('conversation.read', { id: conversationId }))).not.toContain('likeliest')
  client.call('conversation.delete', { id: conversationId })
  expect(asked(599)).toEqual(growing)
  client.call('conversation.erase', { id: conversationId })
  expect(asked(599).details).toEqual([])
})

test('they are saved while the answer grows, and outlive the host', async () => {
  const set = readyStage()
  const { answer } = await ask(set, set.conversationId, null, 'Go on')
  const { id } = set.engine().last('generate')!
  set.engine().say({ type: 'tokens', id, first: 0, tokens: [token('It')], readings: READINGS })
  set.engine().exit('signal SIGKILL')
  await set.close()
  const { client } = stage({ dataFolder: set.dataFolder })
  expect(client.call('message.tokenDetails', { messageId: answer.id, token: 0 }).details).toHaveLength(1)
  expect(client.refusal('message.tokenDetails', { messageId: answer.id, token: -1 })).toBe('BAD_ARGUMENT')
})
