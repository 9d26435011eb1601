import { describe, expect, it } from 'vitest'
import { thresholdsOf } from '../../models/runtime/budget/thresholds.ts'
import { loadEngine, randomSource } from './support.ts'

const engine = await loadEngine('fp32')
const { plan } = engine.model
const random = randomSource(3)
const IDS = Array.from({ length: 90 }, () => Math.floor(random() * plan.vocabSize))
const ALL = [-Infinity, -Infinity]
const NONE = [Infinity, Infinity]

function largestError(a: Float32Array, b: Float32Array): number {
  let error = 0
  a.forEach((value, i) => (error = Math.max(error, Math.abs(value - b[i]!))))
  return error
}

describe('a sequence', () => {
  it.each([0, 0.3, 0.5, 0.8, 1])('is read alike at once, in chunks and token by token at budget %f', async (budget) => {
    const thresholds = thresholdsOf(plan.policy, budget)
    const whole = await engine.sequence().append(IDS, thresholds, 'all')
    for (const chunk of [1, 7, 64]) {
      const sequence = engine.sequence()
      for (let i = 0; i < IDS.length; i += chunk) {
        const part = await sequence.append(IDS.slice(i, i + chunk), thresholds, 'all')
        const expected = whole.logits!.subarray(i * plan.vocabSize, Math.min(i + chunk, IDS.length) * plan.vocabSize)
        expect(largestError(part.logits!, expected)).toBeLessThan(2e-4)
        expect([...part.depths]).toEqual([...whole.depths.subarray(i, i + chunk)])
      }
    }
  })

  it('mixes depths as thresholds say: a hierarchy, where only those admitted to recursion 2 can reach 3', async () => {
    const { depths, optional } = await engine.sequence().append(IDS, thresholdsOf(plan.policy, 0.5), 'none')
    expect(new Set(depths)).toEqual(new Set([1, 2, 3]))
    const layers = plan.visits.find((visit) => visit.admission.length > 0)!.cost
    expect(optional.full).toBe(IDS.length * 2 * layers)
    expect(optional.run).toBe(layers * depths.reduce((sum, depth) => sum + depth - 1, 0))
  })

  it('is as if never read beyond the point it was rewound to', async () => {
    const sequence = engine.sequence()
    await sequence.append(IDS.slice(0, 40), ALL, 'none')
    await sequence.append(IDS.slice(40, 60), NONE, 'none')
    sequence.rewind(40)
    const after = await sequence.append(IDS.slice(40, 41), ALL, 'last')
    const direct = await engine.sequence().append(IDS.slice(0, 41), ALL, 'last')
    expect(sequence.length).toBe(41)
    expect(largestError(after.logits!, direct.logits!)).toBeLessThan(2e-4)
  })

  it('keeps K/V of the block once, however deep tokens go', async () => {
    const [deep, shallow] = [engine.sequence(), engine.sequence()]
    await deep.append(IDS, ALL, 'none')
    await shallow.append(IDS, NONE, 'none')
    const layers = Object.keys(plan.caches).length
    const { kvHeads, headDim } = plan.caches['block.0']!
    const row = layers * (2 * kvHeads * headDim + 1) * 4
    expect(deep.kv.bytes).toBe(128 * row)
    expect(shallow.kv.bytes).toBe(deep.kv.bytes)
  })

  it('runs only the visits that rows are admitted to', async () => {
    const visits: number[] = []
    await engine.sequence().append(IDS, NONE, 'none', { observer: (visit) => visits.push(visit) })
    expect(visits).toEqual([0, 1, 4])
  })

  it('refuses tokens outside the vocabulary and beyond the context, and stays as it was', async () => {
    const sequence = engine.sequence()
    await expect(sequence.append([plan.vocabSize], ALL, 'none')).rejects.toMatchObject({ code: 'BAD_ARGUMENT' })
    await expect(sequence.append([], ALL, 'none')).rejects.toMatchObject({ code: 'BAD_ARGUMENT' })
    const tooMany = Array<number>(plan.contextLength + 1).fill(9)
    await expect(sequence.append(tooMany, ALL, 'none')).rejects.toMatchObject({ code: 'BAD_ARGUMENT' })
    expect(sequence.length).toBe(0)
  })
})

describe('quantised weights', () => {
  it.each(['int8', 'int4'] as const)('in %s write nearly the same logits', async (precision) => {
    const quantised = await loadEngine(precision)
    const exact = await engine.sequence().append(IDS, ALL, 'last')
    const rounded = await quantised.sequence().append(IDS, ALL, 'last')
    const peak = exact.logits!.reduce((most, x) => Math.max(most, Math.abs(x)), 0)
    expect(largestError(exact.logits!, rounded.logits!) / peak).toBeLessThan(precision === 'int8' ? 0.05 : 0.5)
    expect(largestError(exact.logits!, rounded.logits!)).toBeGreaterThan(0)
  })
})
