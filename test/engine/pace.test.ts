import { describe, expect, it, vi } from 'vitest'
import * as v from 'valibot'
import type { Command, EngineEvent } from '../../electron/contract/engine.ts'
import { EngineEventSchema } from '../../electron/contract/engine.ts'
import { Service } from '../../electron/engine/service.ts'
import { Decoder } from '../../models/runtime/decoder.ts'
import type { Clock } from '../../models/runtime/pace/clock.ts'
import { endlessModel, temporaryFolder } from '../models/support.ts'
import { GREEDY } from '../runtime/support.ts'

// eslint-disable-next-line @typescript-eslint/unbound-method
const STEP = Decoder.prototype.step

/** Time passes only by recursions, ten milliseconds each, and by rests. */
class Machine implements Clock {
  time = 0
  rested = 0
  /** Rests that do not end by themselves. */
  holdsUp = false

  now(): number {
    return this.time
  }

  after(ms: number, then: () => void): () => void {
    if (this.holdsUp) return () => undefined
    this.time += ms
    this.rested += ms
    const timer = setImmediate(then)
    return () => {
      clearImmediate(timer)
    }
  }

  takesTime(): void {
    const spent = (depth: number): void => {
      this.time += 10 * depth
    }
    vi.spyOn(Decoder.prototype, 'step').mockImplementation(async function (this: Decoder, ...asked) {
      const result = await STEP.apply(this, asked)
      spent(result.depths.at(-1)!)
      return result
    })
  }
}

class Engine {
  readonly machine = new Machine()
  readonly events: EngineEvent[] = []
  readonly service = new Service((event) => {
    this.events.push(v.parse(EngineEventSchema, event))
  }, this.machine)

  async load(): Promise<void> {
    this.machine.takesTime()
    const modelFolder = endlessModel()
    this.service.handle({
      type: 'load',
      modelFolder,
      cacheFolder: temporaryFolder(),
      precision: 'int8',
      provider: 'cpu',
    })
    await this.until((event) => event.type === 'loaded')
  }

  async until(found: (event: EngineEvent) => boolean): Promise<void> {
    await vi.waitFor(
      () => {
        expect(this.events.some(found)).toBe(true)
      },
      { timeout: 20_000, interval: 5 },
    )
  }

  finished(id: number): Promise<void> {
    return this.until((event) => event.type === 'finished' && event.id === id)
  }

  of<T extends EngineEvent['type']>(type: T): Extract<EngineEvent, { type: T }>[] {
    return this.events.filter((event): event is Extract<EngineEvent, { type: T }> => event.type === type)
  }
}

const generate = (id: number, maxTokens: number, extra: Partial<Extract<Command, { type: 'generate' }>>): Command => ({
  type: 'generate',
  id,
  turns: [{ role: 'user', content: 'Tell me a joke.' }],
  sampling: { ...GREEDY, maxTokens },
  seed: 1,
  budget: 100,
  ...extra,
})

describe('an answer whose speed is to be held', () => {
  it('gets the budget that the speed needs, says who chose it, and the next one begins there', async () => {
    const engine = new Engine()
    await engine.load()
    // ten milliseconds at budget 0, thirty at 100
    engine.service.handle(generate(1, 700, { pace: { mode: 'hold', atLeast: 50 } }))
    await engine.finished(1)
    const applied = engine.of('budgetApplied')
    expect(applied[0]).toMatchObject({ token: 0, budget: 100, by: 'hold' })
    expect(applied.every(({ by }) => by === 'hold')).toBe(true)
    expect(applied.length).toBeLessThanOrEqual(8)
    const held = applied.at(-1)!.budget
    expect(held).toBeGreaterThan(35)
    expect(held).toBeLessThan(50)
    const tokens = engine.of('tokens').flatMap((event) => event.tokens)
    const last = tokens.slice(-300)
    expect(last.reduce((sum, { depth }) => sum + 10 * depth, 0) / last.length).toBeLessThan(20)
    expect(engine.of('tokens').at(-1)!.readings).toMatchObject({ hold: 'holding' })
    engine.service.handle(generate(2, 5, { pace: { mode: 'hold', atLeast: 50 } }))
    await engine.finished(2)
    expect(Math.abs(engine.of('budgetApplied').find(({ id }) => id === 2)!.budget - held)).toBeLessThan(10)
  })

  it('has budget 0, and says so, where nothing is fast enough; by hand again, it has what was asked for', async () => {
    const engine = new Engine()
    await engine.load()
    engine.service.handle(generate(1, 900, { pace: { mode: 'hold', atLeast: 500 } }))
    await engine.until((event) => event.type === 'tokens' && event.readings.hold === 'tooSlow')
    expect(engine.of('budgetApplied').at(-1)).toMatchObject({ budget: 0, by: 'hold' })
    engine.service.handle({ type: 'budget', id: 1, budget: 60 })
    expect(engine.of('budgetApplied').at(-1)).toMatchObject({ budget: 0 })
    engine.service.handle({ type: 'pace', id: 1, pace: null })
    const { budget, by } = engine.of('budgetApplied').at(-1)!
    expect({ budget, by }).toEqual({ budget: 60, by: undefined })
    await engine.until((event) => event.type === 'tokens' && event.readings.hold === undefined)
    engine.service.handle({ type: 'stop', id: 1 })
    await engine.finished(1)
  })
})

describe('a quiet answer', () => {
  it('has no more than its budget, and rests between tokens', async () => {
    const engine = new Engine()
    await engine.load()
    const started = engine.machine.time
    engine.service.handle(generate(1, 101, { pace: { mode: 'quiet', atMost: 10, budget: 0 } }))
    await engine.finished(1)
    expect(engine.of('budgetApplied')).toMatchObject([{ token: 0, budget: 0, by: 'quiet' }])
    // a hundred turns of a tenth of a second, of each of which ten milliseconds are spent; the first token costs nothing here
    expect(engine.machine.time - started).toBe(10_010)
    expect(engine.machine.rested).toBe(9_010)
    expect(engine.of('finished')[0]!.summary.tokensPerSecond).toBeCloseTo(10, 1)
  })

  it('has less where less was asked for', async () => {
    const engine = new Engine()
    await engine.load()
    engine.service.handle(generate(1, 5, { budget: 10, pace: { mode: 'quiet', atMost: null, budget: 30 } }))
    await engine.finished(1)
    expect(engine.of('budgetApplied')).toEqual([])
    expect(engine.machine.rested).toBe(0)
  })

  it('holds up no other answer while it rests, and is stopped at once', async () => {
    const engine = new Engine()
    await engine.load()
    engine.machine.holdsUp = true
    engine.service.handle(generate(1, 900, { pace: { mode: 'quiet', atMost: 10, budget: 100 } }))
    engine.service.handle(generate(2, 60, {}))
    await engine.finished(2)
    expect(engine.of('finished').map(({ id }) => id)).toEqual([2])
    engine.service.handle({ type: 'stop', id: 1 })
    await engine.finished(1)
    expect(engine.of('finished')[1]!.summary).toMatchObject({ finishReason: 'stopped', tokens: 1 })
  })
})
