import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { KvCache } from '../../electron/engine/memory/kv-cache.ts'

const SHAPE = { kvHeads: 1, headDim: 2 }

/** Appends rows whose numbers say their position and kind. */
function append(cache: KvCache, positions: number[]): void {
  const numbers = (kind: number): Float32Array =>
    Float32Array.from(positions.flatMap((p) => [0, 1].map((i) => p * 100 + 10 + kind * 2 + i)))
  cache.append(numbers(0), numbers(1), Int32Array.from(positions))
}

describe('a KV cache', () => {
  it('holds what was appended and not rewound, in order, through every growth', () => {
    const step = fc.oneof(
      fc.record({ append: fc.integer({ min: 1, max: 90 }), gap: fc.integer({ min: 0, max: 3 }) }),
      fc.record({ rewind: fc.integer({ min: 0, max: 300 }) }),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
        const cache = new KvCache(SHAPE)
        let model: number[] = []
        for (const s of steps) {
          if ('append' in s) {
            const first = (model.at(-1) ?? -1) + 1 + s.gap
            const positions = Array.from({ length: s.append }, (_, i) => first + i)
            append(cache, positions)
            model.push(...positions)
          } else {
            cache.rewind(s.rewind)
            model = model.filter((position) => position < s.rewind)
          }
        }
        expect(cache.length).toBe(model.length)
        expect(cache.bytes).toBe(model.length * 2 * 2 * 4)
        const { key, value } = cache.view(cache.length)
        expect([...key]).toEqual(model.flatMap((p) => [p * 100 + 10, p * 100 + 11]))
        expect([...value]).toEqual(model.flatMap((p) => [p * 100 + 12, p * 100 + 13]))
      }),
      { numRuns: 100 },
    )
  })
})

describe('a KV cache that others complete', () => {
  it('takes over tokens that it lacks, forgets those written again, and rewinds though rows are out of order', () => {
    const [shallow, deep] = [new KvCache(SHAPE), new KvCache(SHAPE)]
    append(shallow, [0, 1, 2, 3, 4])
    append(deep, [0, 3])
    deep.fill(shallow, Int32Array.from([4]))
    append(deep, [4])
    const held = (): number[] => Array.from({ length: deep.length }, (_, row) => deep.position(row))
    expect(held()).toEqual([0, 3, 1, 2, 4])
    expect([deep.written, deep.copy().written, shallow.written]).toEqual([3, 3, 5])
    expect([...deep.view(5).key]).toEqual([0, 3, 1, 2, 4].flatMap((p) => [p * 100 + 10, p * 100 + 11]))
    deep.drop(Int32Array.from([1, 4]))
    expect(held()).toEqual([0, 3, 2])
    expect(deep.written).toBe(2)
    deep.rewind(3)
    expect(held()).toEqual([0, 2])
    expect([...deep.view(2).value]).toEqual([12, 13, 212, 213])
  })
})
