import { describe, expect, it, vi } from 'vitest'
import type { Turn } from '../../models/common/values.ts'
import type { Command, EngineEvent } from '../../electron/contract/engine.ts'
import { ENGINE_PROTOCOL, EngineEventSchema } from '../../electron/contract/engine.ts'
import { Service } from '../../electron/engine/service.ts'
import * as v from 'valibot'
import { TINY, endlessModel, temporaryFolder } from '../models/support.ts'
import { GREEDY } from '../runtime/support.ts'

type EventOf<T extends EngineEvent['type']> = Extract<EngineEvent, { type: T }>

/** A service whose events can be waited for; every one is checked against the protocol. */
class Listener {
  readonly events: EngineEvent[] = []
  readonly service = new Service((event) => {
    this.events.push(v.parse(EngineEventSchema, event))
    for (const wake of this.waiting.splice(0)) wake()
  })
  private readonly waiting: (() => void)[] = []

  async until<T extends EngineEvent['type']>(type: T, from = 0): Promise<EventOf<T>> {
    for (;;) {
      const found = this.events.slice(from).find((event) => event.type === type)
      if (found) return found as EventOf<T>
      await new Promise<void>((resolve) => this.waiting.push(resolve))
    }
  }

  async load(modelFolder: string): Promise<void> {
    this.service.handle({
      type: 'load',
      modelFolder,
      cacheFolder: temporaryFolder(),
      precision: 'int8',
      provider: 'cpu',
    })
    await this.until('loaded')
  }
}

const generate = (id: number, extra: Partial<Extract<Command, { type: 'generate' }>> = {}): Command => ({
  type: 'generate',
  id,
  turns: [{ role: 'user', content: 'Tell me a joke.' }],
  sampling: { ...GREEDY, maxTokens: 900 },
  seed: 1,
  budget: 50,
  ...extra,
})

describe('the engine service', () => {
  it('says hello, loads with progress, answers in order and numbers the tokens without a gap', async () => {
    const listener = new Listener()
    listener.service.hello()
    expect(await listener.until('hello')).toEqual({ type: 'hello', protocol: ENGINE_PROTOCOL })
    await listener.load(TINY)
    expect((await listener.until('loaded')).starters.length).toBeGreaterThan(0)
    listener.service.handle(generate(7))
    const { summary } = await listener.until('finished')
    const batches = listener.events.filter((event) => event.type === 'tokens')
    let next = 0
    for (const batch of batches) {
      expect(batch.first).toBe(next)
      next += batch.tokens.length
    }
    expect(summary.finishReason).toBe('end')
    expect(next).toBe(summary.tokens)
  })

  it('hears stop and budget between tokens', async () => {
    const listener = new Listener()
    await listener.load(endlessModel())
    listener.service.handle(generate(1, { budget: 0 }))
    await listener.until('tokens')
    listener.service.handle({ type: 'budget', id: 1, budget: 100 })
    const { token } = await listener.until('budgetApplied')
    await listener.until('tokens', listener.events.length)
    listener.service.handle({ type: 'stop', id: 1 })
    const { summary } = await listener.until('finished')
    expect(summary.finishReason).toBe('stopped')
    const depths = listener.events.flatMap((event) => (event.type === 'tokens' ? event.tokens.map((t) => t.depth) : []))
    expect(new Set(depths.slice(0, token))).toEqual(new Set([1]))
    expect(new Set(depths.slice(token))).toEqual(new Set([3]))
  })

  it('writes several answers at once, each with its own budget, as each would be written alone', async () => {
    const listener = new Listener()
    await listener.load(TINY)
    const asked = [
      generate(1, { budget: 0, turns: [{ role: 'user', content: 'Do you like cats?' }] }),
      generate(2, { budget: 100, turns: [{ role: 'user', content: 'Tell me about rivers.' }] }),
    ]
    for (const command of asked) listener.service.handle(command)
    await vi.waitFor(() => {
      expect(listener.events.filter(({ type }) => type === 'finished')).toHaveLength(2)
    })
    const order = listener.events.flatMap((event) => (event.type === 'tokens' ? [event.id] : []))
    // the first answer was not at its end when the second one began
    expect(order.indexOf(2)).toBeLessThan(order.lastIndexOf(1))
    const depths = (id: number): Set<number> =>
      new Set(listener.events.flatMap((e) => (e.type === 'tokens' && e.id === id ? e.tokens.map((t) => t.depth) : [])))
    expect([depths(1), depths(2)]).toEqual([new Set([1]), new Set([3])])
  })

  it('hears stop and budget while it loads', async () => {
    const listener = new Listener()
    listener.service.handle({
      type: 'load',
      modelFolder: endlessModel(),
      cacheFolder: temporaryFolder(),
      precision: 'int8',
      provider: 'cpu',
    })
    listener.service.handle(generate(1))
    listener.service.handle(generate(2, { budget: 10, sampling: { ...GREEDY, maxTokens: 4 } }))
    listener.service.handle({ type: 'stop', id: 1 })
    listener.service.handle({ type: 'budget', id: 2, budget: 100 })
    expect((await listener.until('budgetApplied')).token).toBe(0)
    const first = await listener.until('finished')
    expect(first).toMatchObject({ id: 1, summary: { finishReason: 'stopped', tokens: 0 } })
    const second = await listener.until('finished', listener.events.indexOf(first) + 1)
    expect(second).toMatchObject({ id: 2, summary: { finishReason: 'length', meanDepth: 3 } })
  })

  it('lets those beyond eight wait; they are stopped at once, and given another budget, while they do', async () => {
    const listener = new Listener()
    await listener.load(endlessModel())
    for (let id = 1; id <= 10; id++) listener.service.handle(generate(id, { budget: 0 }))
    const begun = (): Set<number> =>
      new Set(listener.events.flatMap((event) => (event.type === 'prefill' ? [event.id] : [])))
    await vi.waitFor(() => {
      expect(begun().size).toBe(8)
    })
    listener.service.handle({ type: 'budget', id: 10, budget: 100 })
    expect(listener.events.at(-1)).toMatchObject({ type: 'budgetApplied', id: 10, token: 0 })
    listener.service.handle({ type: 'stop', id: 9 })
    expect(listener.events.at(-1)).toMatchObject({
      type: 'finished',
      id: 9,
      summary: { finishReason: 'stopped', tokens: 0, promptTokens: 0 },
    })
    listener.service.handle({ type: 'stop', id: 1 })
    await vi.waitFor(() => {
      expect(listener.events).toContainEqual(expect.objectContaining({ type: 'tokens', id: 10 }))
    })
    for (let id = 2; id <= 10; id++) listener.service.handle({ type: 'stop', id })
    const ended = (): number[] => listener.events.flatMap((event) => (event.type === 'finished' ? [event.id] : []))
    await vi.waitFor(() => {
      expect(ended()).toHaveLength(10)
    })
    expect(ended().slice(0, 2)).toEqual([9, 1])
    expect(begun()).not.toContain(9)
    const depths = listener.events.flatMap((event) =>
      event.type === 'tokens' && event.id === 10 ? event.tokens.map(({ depth }) => depth) : [],
    )
    expect(new Set(depths)).toEqual(new Set([3]))
  })

  it('tells that an answer has begun before it computes anything', async () => {
    const listener = new Listener()
    await listener.load(TINY)
    listener.service.handle(generate(1))
    expect(await listener.until('prefill')).toMatchObject({ id: 1, done: 0 })
    await listener.until('finished')
  })

  it('ends those that wait when another model is asked for', async () => {
    const listener = new Listener()
    await listener.load(endlessModel())
    for (let id = 1; id <= 9; id++) listener.service.handle(generate(id))
    await listener.until('tokens')
    const before = listener.events.length
    listener.service.handle({
      type: 'load',
      modelFolder: TINY,
      cacheFolder: temporaryFolder(),
      precision: 'int8',
      provider: 'cpu',
    })
    await listener.until('loaded', before)
    const stopped = listener.events.filter((event) => event.type === 'finished')
    expect(stopped.map(({ id }) => id).toSorted()).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9])
  })

  it('reports a model that cannot be loaded, then loads another', async () => {
    const listener = new Listener()
    listener.service.handle({
      type: 'load',
      modelFolder: '/nowhere',
      cacheFolder: temporaryFolder(),
      precision: 'int8',
      provider: 'cpu',
    })
    expect((await listener.until('loadFailed')).failure.code).toBe('MODEL_NOT_FOUND')
    listener.service.handle(generate(1))
    expect((await listener.until('generationFailed')).failure.code).toBe('ENGINE_NOT_READY')
    await listener.load(TINY)
  })

  it('answers a prompt beyond the context with its own code and goes on', async () => {
    const listener = new Listener()
    await listener.load(TINY)
    listener.service.handle(generate(1, { turns: [{ role: 'user', content: 'sea '.repeat(3000) }] }))
    expect((await listener.until('generationFailed')).failure.code).toBe('PROMPT_TOO_LONG')
    listener.service.handle(generate(2))
    expect(await listener.until('finished')).toMatchObject({ id: 2 })
  })

  it('answers a ping in mid-answer', async () => {
    const listener = new Listener()
    await listener.load(endlessModel())
    listener.service.handle(generate(1))
    await listener.until('tokens')
    listener.service.handle({ type: 'ping', nonce: 9 })
    expect(await listener.until('pong')).toEqual({ type: 'pong', nonce: 9 })
    listener.service.handle({ type: 'stop', id: 1 })
    await listener.until('finished')
  })

  it('counts a prompt without a model, and with one as it would be read', async () => {
    const listener = new Listener()
    const turn = { role: 'user', content: 'Tell me a joke.' } as const
    const count = (request: number, turns: Turn[], leftOut?: number): void => {
      const cut = leftOut === undefined ? {} : { leftOut }
      listener.service.handle({ type: 'count', request, turns, maxTokens: 900, ...cut })
    }
    count(1, [turn])
    expect(await listener.until('counted')).toEqual({ type: 'counted', request: 1, counts: null })
    await listener.load(TINY)
    const from = listener.events.length
    count(2, [turn])
    const { counts } = await listener.until('counted', from)
    listener.service.handle(generate(3, { sampling: { ...GREEDY, maxTokens: 1 } }))
    const { summary } = await listener.until('finished')
    expect(counts).toEqual({
      whole: summary.promptTokens,
      newest: summary.promptTokens,
      read: summary.promptTokens,
      leftOut: 0,
    })
  })

  it('leaves the oldest turns out where it may, says how many, and reads what it had counted', async () => {
    const listener = new Listener()
    await listener.load(TINY)
    const turns = Array.from({ length: 41 }, (_, i): Turn => ({
      role: i % 2 === 0 ? 'user' : 'assistant',
      content: 'A sentence about the sea and the wind. '.repeat(4),
    }))
    const sampling = { ...GREEDY, maxTokens: 2 }
    listener.service.handle(generate(1, { turns, sampling }))
    expect((await listener.until('generationFailed')).failure.code).toBe('PROMPT_TOO_LONG')
    listener.service.handle({ type: 'count', request: 9, turns, maxTokens: 2, leftOut: 0 })
    const counts = (await listener.until('counted')).counts!
    listener.service.handle(generate(2, { turns, sampling, leftOut: 0 }))
    const left = await listener.until('leftOut')
    const { summary } = await listener.until('finished')
    expect(left.turns % 2).toBe(0)
    expect(counts).toMatchObject({ read: summary.promptTokens, leftOut: left.turns })
    expect(counts.whole).toBeGreaterThan(1024)
    expect(summary.promptTokens).toBeLessThan(1024)
  })
})
