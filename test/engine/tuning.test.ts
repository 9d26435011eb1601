import { describe, expect, it } from 'vitest'
import type { Command, EngineEvent } from '../../electron/contract/engine.ts'
import { EngineEventSchema } from '../../electron/contract/engine.ts'
import { Service } from '../../electron/engine/service.ts'
import { passagesOf } from '../../electron/engine/tuning.ts'
import { TUNING_OWN_TEXT } from '../../electron/host/tuning-text.ts'
import { BudgetController } from '../../models/runtime/budget/controller.ts'
import { NOTHING_SCORED, scoreText, together } from '../../models/runtime/score-text.ts'
import * as v from 'valibot'
import { TINY, endlessModel, temporaryFolder } from '../models/support.ts'
import { GREEDY, loadEngine } from '../runtime/support.ts'

type EventOf<T extends EngineEvent['type']> = Extract<EngineEvent, { type: T }>

/** A service with a model; every event is held against the protocol and given to `hear`. */
async function serviceWith(
  modelFolder: string,
  hear: (event: EngineEvent, service: Service) => void = () => undefined,
) {
  const events: EngineEvent[] = []
  const waiting: (() => void)[] = []
  const service: Service = new Service((event) => {
    events.push(v.parse(EngineEventSchema, event))
    hear(event, service)
    for (const wake of waiting.splice(0)) wake()
  })
  const until = async <T extends EngineEvent['type']>(
    type: T,
    fits: (event: EventOf<T>) => boolean = () => true,
  ): Promise<EventOf<T>> => {
    for (;;) {
      const found = events.find((event) => event.type === type && fits(event as EventOf<T>))
      if (found) return found as EventOf<T>
      await new Promise<void>((resolve) => waiting.push(resolve))
    }
  }
  const load = { modelFolder, cacheFolder: temporaryFolder(), precision: 'int8', provider: 'cpu' } as const
  service.handle({ type: 'load', ...load })
  await until('loaded')
  return { events, service, until }
}

const tune = (request: number, text = TUNING_OWN_TEXT): Command => ({ type: 'tune', request, text })

const generate: Command = {
  type: 'generate',
  id: 1,
  turns: [{ role: 'user', content: 'Tell me a joke.' }],
  sampling: { ...GREEDY, maxTokens: 60 },
  seed: 1,
  budget: 50,
}

describe('measuring along the budget', () => {
  it('tells at every budget the loss that score tells of the same passages', { timeout: 120_000 }, async () => {
    const text = TUNING_OWN_TEXT.slice(0, 1200)
    const { events, service, until } = await serviceWith(TINY)
    service.handle(tune(3, text))
    const { request, points, failure } = await until('tuned')
    expect({ request, failure }).toEqual({ request: 3, failure: null })
    expect(points.map(({ budget }) => budget)).toEqual([0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100])

    const engine = await loadEngine('int8')
    // how long a passage is depends on the machine; the first round tells it
    const first = events.find((event) => event.type === 'tuning' && event.points.length > 0) as EventOf<'tuning'>
    const length = first.points[0]!.tokens + 1 - engine.tokenizer.encodeText('').length
    const passages = passagesOf(engine.tokenizer, text, length)
    expect(passages.length).toBeGreaterThan(1)
    for (const index of [0, 5, 10]) {
      const { budget, loss, meanDepth, tokens, tokensPerSecond } = points[index]!
      const controller = new BudgetController(engine.model.plan, budget / 100)
      let scored = NOTHING_SCORED
      for (const passage of passages) scored = together(scored, await scoreText(engine, passage, controller))
      expect(tokens).toBe(scored.tokens)
      expect(loss).toBeCloseTo(scored.nll / scored.tokens, 9)
      expect(meanDepth).toBeCloseTo(scored.depth / scored.tokens, 9)
      expect(tokensPerSecond).toBeGreaterThan(0)
    }
    expect(points[0]!.meanDepth).toBe(1)
    expect(points[10]!.meanDepth).toBe(3)

    const told = events.filter((event) => event.type === 'tuning')
    const shares = told.map(({ progress }) => progress)
    expect(shares).toEqual([...shares].sort((a, b) => a - b))
    // whatever is told together was measured with the same text
    for (const { points: some } of told) expect(new Set(some.map(({ tokens }) => tokens)).size).toBeLessThanOrEqual(1)
  })

  it('lets answers go first, and says so', { timeout: 120_000 }, async () => {
    const { events, service, until } = await serviceWith(endlessModel())
    service.handle(tune(1))
    await until('tuning', ({ points }) => points.length > 0)
    service.handle(generate)
    await until('finished')
    await until('tuning', ({ paused }) => paused)
    const begun = events.findIndex((event) => event.type === 'tokens')
    const ended = events.findIndex((event) => event.type === 'finished')
    const meanwhile = events.slice(begun, ended).filter((event) => event.type === 'tuning')
    expect(meanwhile.every(({ paused }) => paused)).toBe(true)
    service.handle({ type: 'stopTuning', request: 1 })
    await until('tuned')
  })

  it('is given up when told to: a curve that is whole stays, one that is not does not', async () => {
    const early = await serviceWith(TINY)
    early.service.handle(tune(1))
    early.service.handle({ type: 'stopTuning', request: 1 })
    expect(await early.until('tuned')).toEqual({ type: 'tuned', request: 1, points: [], failure: null })

    early.service.handle(tune(2))
    await early.until('tuning', ({ request, points }) => request === 2 && points.length === 11)
    early.service.handle({ type: 'stopTuning', request: 2 })
    expect((await early.until('tuned', ({ request }) => request === 2)).points).toHaveLength(11)
  })

  it('ends before another model is loaded', async () => {
    const { events, service, until } = await serviceWith(TINY)
    service.handle(tune(1))
    await until('tuning')
    const cacheFolder = temporaryFolder()
    service.handle({ type: 'load', modelFolder: TINY, cacheFolder, precision: 'fp32', provider: 'cpu' })
    await until('loaded', ({ model }) => model.precision === 'fp32')
    const kinds = events.map(({ type }) => type)
    expect(kinds.indexOf('tuned')).toBeLessThan(kinds.lastIndexOf('loaded'))
    expect(kinds.slice(kinds.indexOf('tuned'))).not.toContain('tuning')
  })

  it('refuses what it cannot measure, in words', async () => {
    const { service, until } = await serviceWith(TINY)
    service.handle(tune(1, 'Too few words.'))
    const { failure } = await until('tuned')
    expect(failure).toMatchObject({ code: 'BAD_ARGUMENT' })
    expect(failure!.message).toMatch(/^The text is too short to measure with: \d+ tokens\./)
    service.handle(tune(2))
    service.handle(tune(3))
    expect((await until('tuned', ({ request }) => request === 3)).failure).toMatchObject({ code: 'BUSY' })
    service.handle({ type: 'stopTuning', request: 2 })
    await until('tuned', ({ request }) => request === 2)
  })
})
