import { describe, expect, it } from 'vitest'
import { MOST_SEQUENCES, PrefixCache } from '../../models/runtime/memory/prefix-cache.ts'
import type { Sequence } from '../../models/runtime/sequence.ts'
import { loadEngine, randomSource } from './support.ts'

const engine = await loadEngine('fp32')
const random = randomSource(8)
const words = (count: number): number[] => Array.from({ length: count }, () => Math.floor(random() * 500))
const ALL = [-Infinity, -Infinity]

async function read(ids: readonly number[]): Promise<Sequence> {
  const sequence = engine.sequence()
  await sequence.append(ids, ALL, 'none')
  return sequence
}

describe('what earlier turns have read', () => {
  it('is gone on from, and the logits are those of reading all of it', async () => {
    const turns = words(80)
    const cache = new PrefixCache(1e9)
    const first = await read(turns.slice(0, 50))
    cache.keep(first)
    const taken = cache.take(turns)!
    expect(taken).toBe(first)
    expect(taken.length).toBe(50)
    const { logits } = await taken.append(turns.slice(50), ALL, 'last')
    const whole = await engine.sequence().append(turns, ALL, 'last')
    logits!.forEach((value, i) => {
      expect(Math.abs(value - whole.logits![i]!)).toBeLessThan(2e-4)
    })
  })

  it('is rewound where a turn was edited, and never gives the whole prompt: its last token must be read', async () => {
    const ids = words(60)
    const cache = new PrefixCache(1e9)
    cache.keep(await read(ids))
    const edited = [...ids.slice(0, 40), ...words(5)]
    expect(cache.take(edited)!.ids).toEqual(ids.slice(0, 40))
    cache.keep(await read(ids))
    expect(cache.take(ids)!.length).toBe(59)
  })

  it('stays with its conversation where another one begins alike', async () => {
    const beginning = words(20)
    const [one, other] = [
      [...beginning, ...words(60)],
      [...beginning, ...words(30)],
    ]
    const cache = new PrefixCache(1e9)
    const first = await read(one)
    cache.keep(first)
    const copied = cache.take(other)!
    expect(copied).not.toBe(first)
    expect(copied.ids).toEqual(beginning)
    await copied.append(other.slice(20), ALL, 'none')
    cache.keep(copied)
    expect(cache.take([...one, 7])).toBe(first)
    expect(cache.take([...other, 7])).toBe(copied)
  })

  it('is forgotten beyond the limit, the oldest first', async () => {
    const [old, recent] = [await read(words(40)), await read(words(40))]
    const cache = new PrefixCache(recent.kv.bytes * 1.5)
    cache.keep(old)
    cache.keep(recent)
    expect(cache.bytes).toBe(recent.kv.bytes)
    expect(cache.take([...old.ids, 1])).toBeNull()
    expect(cache.take([...recent.ids, 1])).toBe(recent)
  })

  it('is forgotten beyond a number too, as a small model’s thousands of conversations would find room', async () => {
    const cache = new PrefixCache(1e9)
    const all = await Promise.all(Array.from({ length: MOST_SEQUENCES + 3 }, () => read(words(4))))
    for (const sequence of all) cache.keep(sequence)
    const left = all.filter((sequence) => cache.take([...sequence.ids, 1]) !== null)
    expect(left).toEqual(all.slice(3))
  })
})

it('counts the memory that sequences hold, not the rows in use: of short ones most is room', async () => {
  const cache = new PrefixCache(1e9)
  const sequence = await read(words(1))
  cache.keep(sequence)
  const row = Object.values(engine.model.plan.caches).reduce((sum, c) => sum + 2 * c.kvHeads * c.headDim * 4, 0)
  expect(sequence.kv.rows[0]).toBe(1)
  expect(cache.bytes).toBeGreaterThanOrEqual(64 * row)
  const small = new PrefixCache(32 * row)
  small.keep(sequence)
  expect(small.bytes).toBe(0)
})

describe('an engine', () => {
  it('reads of a second turn only what is new', async () => {
    const sampling = { ...engine.model.plan.sampling, temperature: 0, maxTokens: 12 }
    const turns = [{ role: 'user' as const, content: 'Do you like the sea?' }]
    const first = engine.generate(turns, sampling, 1, 50)
    expect(first.prefilled).toBe(0)
    while (!(await first.prefill()));
    let text = ''
    for (let token = await first.next(); token; token = await first.next()) text += token.text
    engine.keep(first)
    const again = [...turns, { role: 'assistant' as const, content: text }, { role: 'user' as const, content: 'Why?' }]
    const second = engine.generate(again, sampling, 1, 50)
    expect(second.prefilled).toBeGreaterThanOrEqual(first.promptTokens)
    while (!(await second.prefill()));
    expect(second.prefilled).toBe(second.promptTokens)
    expect(await second.next()).not.toBeNull()
  })
})
