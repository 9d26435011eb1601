import * as v from 'valibot'
import { expect, it, vi } from 'vitest'
import type { Command, EngineEvent } from '../../electron/contract/engine.ts'
import { EngineEventSchema } from '../../electron/contract/engine.ts'
import { Service } from '../../electron/engine/service.ts'
import { DEFAULT_THINKING } from '../../models/common/values.ts'
import { editJson, temporaryFolder } from '../models/support.ts'
import { thinkingModel } from '../models/thinking-model.ts'
import { GREEDY } from '../runtime/support.ts'

/** A service with the small model, which begins every answer with a thought and never ends one by itself. */
async function thinkingService() {
  const modelFolder = thinkingModel('always')
  for (const file of ['config.json', 'generation_config.json'])
    editJson(modelFolder, file, (config) => delete config.eos_token_id)
  editJson(modelFolder, 'tokenizer_config.json', (config) => {
    delete config.eos_token
    config.chat_template = (config.chat_template as string).replace('<|end|>', '.')
  })
  const events: EngineEvent[] = []
  const service = new Service((event) => events.push(v.parse(EngineEventSchema, event)))
  service.handle({ type: 'load', modelFolder, cacheFolder: temporaryFolder(), precision: 'int8', provider: 'cpu' })
  const all = <T extends EngineEvent['type']>(type: T): Extract<EngineEvent, { type: T }>[] =>
    events.filter((event): event is Extract<EngineEvent, { type: T }> => event.type === type)
  const until = (type: EngineEvent['type']): Promise<void> =>
    vi.waitFor(
      () => {
        expect(all(type)).not.toEqual([])
      },
      { timeout: 20_000, interval: 2 },
    )
  await until('loaded')
  const tokens = () => all('tokens').flatMap((event) => event.tokens)
  return { service, all, until, tokens }
}

const generate = (extra: Partial<Extract<Command, { type: 'generate' }>>): Command => ({
  type: 'generate',
  id: 1,
  turns: [{ role: 'user', content: 'Tell me a joke.' }],
  sampling: { ...GREEDY, maxTokens: 300 },
  seed: 1,
  budget: 100,
  ...extra,
})

it('tells how a model thinks, and ends its thought on command, with the budget of the answer from there on', async () => {
  const { service, all, until, tokens } = await thinkingService()
  expect(all('loaded')[0]!.model.thinking).toMatchObject({ kind: 'always', begin: '<think>' })
  service.handle(generate({ thinking: { ...DEFAULT_THINKING, budget: 0 } }))
  await until('tokens')
  expect(all('budgetApplied')).toEqual([{ type: 'budgetApplied', id: 1, token: 0, budget: 0, phase: 'thought' }])
  service.handle({ type: 'endThought', id: 1 })
  service.handle({ type: 'endThought', id: 1 })
  await until('finished')
  const applied = all('budgetApplied')
  expect(applied).toHaveLength(2)
  const { token } = applied[1]!
  expect(applied[1]).toEqual({ type: 'budgetApplied', id: 1, token, budget: 100 })
  const depths = tokens().map(({ depth }) => depth)
  expect(depths).toEqual(depths.map((_, i) => (i < token ? 1 : 3)))
  const { summary } = all('finished')[0]!
  expect(summary.thought!.tokens).toBe(tokens().filter(({ phase }) => phase).length)
  expect(summary.thought!.tokens).toBeLessThan(300)
})

it('changes the budget of one phase, or of both', async () => {
  const { service, all, until, tokens } = await thinkingService()
  service.handle(generate({ budget: 50, thinking: { ...DEFAULT_THINKING, budget: 0 } }))
  await until('tokens')
  // not in force while it thinks
  service.handle({ type: 'budget', id: 1, budget: 70, phase: 'answer' })
  expect(all('budgetApplied')).toHaveLength(1)
  service.handle({ type: 'budget', id: 1, budget: 100, phase: 'thought' })
  expect(all('budgetApplied').at(-1)).toMatchObject({ budget: 100, phase: 'thought' })
  service.handle({ type: 'budget', id: 1, budget: 0 })
  expect(all('budgetApplied').at(-1)).not.toHaveProperty('phase')
  service.handle({ type: 'stop', id: 1 })
  await until('finished')
  expect(all('finished')[0]!.summary).toMatchObject({ finishReason: 'stopped' })
  expect(tokens().every(({ phase }) => phase === 'thought')).toBe(true)
})

it('takes a budget of the thought before it has begun', async () => {
  const { service, all, until, tokens } = await thinkingService()
  service.handle(generate({ budget: 0, sampling: { ...GREEDY, maxTokens: 4 } }))
  service.handle({ type: 'budget', id: 1, budget: 100, phase: 'thought' })
  await until('finished')
  expect(tokens().map(({ depth }) => depth)).toEqual([3, 3, 3, 3])
  expect(all('budgetApplied')).toEqual([{ type: 'budgetApplied', id: 1, token: 0, budget: 100, phase: 'thought' }])
})

it('says once that a thought goes in circles', async () => {
  const { service, all, until } = await thinkingService()
  // a penalty below 1 is a reward for what has been written
  service.handle(generate({ budget: 0, sampling: { ...GREEDY, maxTokens: 900, repetitionPenalty: 0.3 } }))
  await until('circling')
  service.handle({ type: 'stop', id: 1 })
  await until('finished')
  expect(all('circling')).toHaveLength(1)
})
