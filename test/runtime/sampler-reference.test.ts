import { describe, expect, it } from 'vitest'
import type { Sampling } from '../../models/common/values.ts'
import { seeded, uniform } from '../../models/runtime/random.ts'
import { Sampler } from '../../models/runtime/sampling/sampler.ts'
import { GREEDY, randomSource } from './support.ts'

type Options = Pick<Sampling, 'temperature' | 'topK' | 'topP' | 'minP'>

/** Of the whole mass: what rounding may move a border by. */
const ROUNDING = 1e-7

/** Every token that may be drawn at `share` of the mass, by sorting all and Math.exp; several where borders are too near to tell. */
function plainly(logits: Float32Array, { temperature, topK, topP, minP }: Options, share: number): Set<number> {
  const order = [...logits.keys()].filter((id) => logits[id]! > -Infinity)
  order.sort((a, b) => logits[b]! - logits[a]! || a - b)
  if (topK > 0) order.splice(topK)
  const weights = order.map((id) => Math.exp((logits[id]! - logits[order[0]!]!) / temperature))
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  // the last token may be in or out where its border is as near as that
  const kept = (slack: number): number => {
    let before = 0
    const end = weights.findIndex((weight, i) => {
      const out = i > 0 && (before >= topP * total * (1 + slack) || weight < minP * (1 - slack))
      before += weight
      return out
    })
    return end < 0 ? weights.length : end
  }
  const allowed = new Set<number>()
  for (const count of new Set([kept(-ROUNDING), kept(0), kept(ROUNDING)])) {
    const mass = weights.slice(0, count).reduce((sum, weight) => sum + weight, 0)
    let before = 0
    for (let i = 0; i < count; i++) {
      const [low, high] = [before / mass, (before += weights[i]!) / mass]
      if (low - ROUNDING <= share && share < high + ROUNDING) allowed.add(order[i]!)
    }
  }
  return allowed
}

function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
}

/** Logits of every shape, by vocabulary. */
const KINDS: Record<string, (vocabulary: number, random: () => number) => Float32Array> = {
  flat: (vocabulary, random) => Float32Array.from({ length: vocabulary }, () => 0.01 * normal(random)),
  bell: (vocabulary, random) => Float32Array.from({ length: vocabulary }, () => 3 * normal(random)),
  peaked(vocabulary, random) {
    const logits = Float32Array.from({ length: vocabulary }, () => 2.2 * normal(random) - 2)
    for (let rank = 0; rank < 100; rank++) {
      logits[Math.floor(random() * vocabulary)] = 17 - 2 * Math.log(rank + 1)
    }
    return logits
  },
  certain(vocabulary, random) {
    const logits = Float32Array.from({ length: vocabulary }, () => normal(random) - 10)
    logits[Math.floor(random() * vocabulary)] = 30
    return logits
  },
  ties: (vocabulary, random) => Float32Array.from({ length: vocabulary }, () => Math.round(2 * normal(random))),
  masked(vocabulary, random) {
    const logits = Float32Array.from({ length: vocabulary }, () => (random() < 0.9 ? -Infinity : 4 * normal(random)))
    logits[vocabulary - 1] = 1
    return logits
  },
}

const RANGES: Record<keyof Options, number[]> = {
  temperature: [0.01, 0.5, 0.6, 1, 5],
  topK: [0, 0, 1, 40, 3000],
  topP: [1, 0.9, 0.95, 0.3],
  minP: [0, 0.05, 0.5, 1],
}

function check(kind: string, vocabulary: number, seed: number, draws: number): void {
  const random = randomSource(seed)
  const pick = (values: number[]): number => values[Math.floor(random() * values.length)]!
  const logits = KINDS[kind]!(vocabulary, random)
  const options: Options = {
    temperature: pick(RANGES.temperature),
    topK: pick(RANGES.topK),
    topP: pick(RANGES.topP),
    minP: pick(RANGES.minP),
  }
  const sampler = new Sampler({ ...GREEDY, ...options }, seed, [])
  const shares = seeded(seed)
  for (let draw = 0; draw < draws; draw++) {
    const id = sampler.next(logits)
    const allowed = plainly(logits, options, uniform(shares))
    if (!allowed.has(id)) expect({ options, seed, draw, id }).toEqual([...allowed])
  }
}

describe('a draw is the one of sorting everything', () => {
  it.each(Object.keys(KINDS))('of %s logits', (kind) => {
    for (let seed = 1; seed <= 500; seed++) check(kind, 1 + ((seed * 37) % 700), seed, 4)
  })

  it.each(Object.keys(KINDS))('of %s logits of a huge vocabulary', (kind) => {
    for (let seed = 1; seed <= 4; seed++) check(kind, 151_936, seed, 2)
  })
})

describe('logits that are not numbers', () => {
  const first = (...logits: number[]): number =>
    new Sampler({ ...GREEDY, temperature: 1, topP: 0.9 }, 1, []).next(Float32Array.from(logits))

  it('are never drawn beside numbers, and the first token where there is none', () => {
    for (let i = 0; i < 20; i++) expect(first(0, Number.NaN, -50)).toBe(0)
    expect(first(-3, Number.NaN, 20)).toBe(2)
    expect(first(Number.NaN, 1, 2)).toBe(0)
    expect(first(Number.NaN, Number.NaN)).toBe(0)
    expect(first(-Infinity, -Infinity)).toBe(0)
  })

  it('do not lead greed astray', () => {
    const greedy = (...logits: number[]): number => new Sampler(GREEDY, 1, []).next(Float32Array.from(logits))
    expect(greedy(1, Number.NaN, 2, Number.NaN, 2, 0)).toBe(2)
    expect(greedy(Number.NaN, 1, 2)).toBe(0)
    expect(greedy(-Infinity, -Infinity)).toBe(0)
    expect(greedy(-Infinity, -Infinity, -Infinity, -Infinity, -5)).toBe(4)
  })
})

it('draws at the lowest temperature that a number can have', () => {
  expect(new Sampler({ ...GREEDY, temperature: Number.MIN_VALUE }, 1, []).next(Float32Array.of(1, 3, 2))).toBe(1)
})
