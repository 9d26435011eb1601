import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Sampling } from '../../models/common/values.ts'
import { Sampler } from '../../models/runtime/sampling/sampler.ts'
import { StopStrings } from '../../models/runtime/sampling/stop-strings.ts'
import { GREEDY, randomSource } from './support.ts'

const PLAIN: Sampling = { ...GREEDY, temperature: 1 }
const LOGITS = [2, 1, 0, -1, -2]

function counts(sampling: Sampling, draws = 20_000, logits = LOGITS): number[] {
  const sampler = new Sampler(sampling, 42, [])
  const seen = logits.map(() => 0)
  for (let i = 0; i < draws; i++) seen[sampler.next(Float32Array.from(logits))]!++
  return seen.map((count) => count / draws)
}

function softmax(logits: readonly number[], temperature: number): number[] {
  const weights = logits.map((logit) => Math.exp(logit / temperature))
  const sum = weights.reduce((a, b) => a + b, 0)
  return weights.map((weight) => weight / sum)
}

/** The ids that top-k, top-p and min-p leave, by sorting everything. */
function sortedOut(
  logits: readonly number[],
  options: Pick<Sampling, 'temperature' | 'topK' | 'topP' | 'minP'>,
): number[] {
  const { temperature, topK, topP, minP } = options
  const order = [...logits.keys()].sort((a, b) => logits[b]! - logits[a]! || a - b).slice(0, topK || undefined)
  const weights = order.map((id) => Math.exp((logits[id]! - logits[order[0]!]!) / temperature))
  const total = weights.reduce((a, b) => a + b, 0)
  let before = 0
  return order.filter((_, i) => {
    const inside = before < topP * total * (1 + 1e-9) && weights[i]! >= minP
    before += weights[i]!
    return i === 0 || inside
  })
}

describe('the sampler', () => {
  it('takes the likeliest token at temperature 0, the first of equals', () => {
    expect(new Sampler(GREEDY, 1, []).next(Float32Array.of(1, 3, 3, 2))).toBe(1)
  })

  it.each([0.5, 1, 2])('draws from the softmax at temperature %f', (temperature) => {
    const expected = softmax(LOGITS, temperature)
    counts({ ...PLAIN, temperature }).forEach((share, i) => {
      expect(Math.abs(share - expected[i]!)).toBeLessThan(0.015)
    })
  })

  it('begins with every token as often as its softmax says, over neighbouring seeds', () => {
    const expected = softmax(LOGITS, 1)
    const seen = LOGITS.map(() => 0)
    for (let seed = 0; seed < 2000; seed++) seen[new Sampler(PLAIN, seed, []).next(Float32Array.from(LOGITS))]!++
    seen.forEach((count, i) => {
      expect(Math.abs(count / 2000 - expected[i]!)).toBeLessThan(0.04)
    })
  })

  it('keeps the top k, the smallest set above top-p, and those above min-p', () => {
    const kept = (sampling: Partial<Sampling>): number[] =>
      counts({ ...PLAIN, ...sampling }, 3000).flatMap((share, id) => (share > 0 ? [id] : []))
    expect(kept({ topK: 2 })).toEqual([0, 1])
    // shares are 0.636, 0.234, 0.086, 0.032, 0.012
    expect(kept({ topP: 0.6 })).toEqual([0])
    expect(kept({ topP: 0.65 })).toEqual([0, 1])
    expect(kept({ topP: 0.9 })).toEqual([0, 1, 2])
    expect(kept({ minP: 0.1 })).toEqual([0, 1, 2])
    expect(kept({ minP: 0.99 })).toEqual([0])
  })

  it('keeps of a large vocabulary what sorting all of it would keep', () => {
    const options = fc.record({
      temperature: fc.double({ min: 0.1, max: 4, noNaN: true }),
      topK: fc.constantFrom(0, 1, 3, 50, 5000),
      topP: fc.constantFrom(0.1, 0.9, 0.999, 1),
      minP: fc.constantFrom(0, 0.01, 0.5),
      seed: fc.integer({ min: 0, max: 2 ** 31 }),
    })
    fc.assert(
      fc.property(options, ({ seed, ...options }) => {
        const random = randomSource(seed)
        const logits = Float32Array.from({ length: 2000 }, () => 30 * random() ** 3 - 10)
        logits[77] = logits[78] = 20
        const sampler = new Sampler({ ...PLAIN, ...options }, seed, [])
        const allowed = new Set(sortedOut([...logits], options))
        for (let i = 0; i < 20; i++) expect(allowed).toContain(sampler.next(logits.slice()))
      }),
      { numRuns: 60 },
    )
  })

  it('draws the same tokens from the same seed, others from another', () => {
    const draw = (seed: number): number[] => {
      const sampler = new Sampler(PLAIN, seed, [])
      return Array.from({ length: 50 }, () => sampler.next(Float32Array.from(LOGITS)))
    }
    expect(draw(7)).toEqual(draw(7))
    expect(draw(7)).not.toEqual(draw(8))
  })

  it('makes tokens already there less likely, whether their logit is positive or negative', () => {
    const sampler = new Sampler({ ...GREEDY, repetitionPenalty: 2 }, 1, [0])
    expect(sampler.next(Float32Array.of(3, 2, -5))).toBe(1)
    expect(sampler.next(Float32Array.of(3, 2, 1.4))).toBe(0)
    expect(new Sampler({ ...GREEDY, repetitionPenalty: 2 }, 1, [0]).next(Float32Array.of(-1, -1.5))).toBe(1)
  })
})

describe('stop strings', () => {
  it('cut at the first stop however the text is divided, and give out everything else', () => {
    const scenario = fc.record({
      text: fc.string({ unit: fc.constantFrom('a', 'b', '\n'), maxLength: 30 }),
      stops: fc.array(fc.string({ unit: fc.constantFrom('a', 'b', '\n'), minLength: 1, maxLength: 4 }), {
        maxLength: 3,
      }),
      cuts: fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 30, maxLength: 30 }),
    })
    fc.assert(
      fc.property(scenario, ({ text, stops, cuts }) => {
        const strings = new StopStrings(stops)
        let out = ''
        let stopped = false
        for (let at = 0, i = 0; at < text.length && !stopped; at += cuts[i++]!) {
          const step = strings.push(text.slice(at, at + cuts[i]!))
          out += step.text
          stopped = step.stopped
        }
        if (!stopped) out += strings.flush()
        const contained = stops.some((stop) => text.includes(stop))
        expect(stopped).toBe(contained)
        if (contained) {
          expect(text.startsWith(out)).toBe(true)
          expect(stops.some((stop) => out.includes(stop))).toBe(false)
        } else expect(out).toBe(text)
      }),
    )
  })
})
