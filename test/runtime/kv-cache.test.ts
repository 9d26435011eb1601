import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { KvCache, roomFor } from '../../models/runtime/memory/kv-cache.ts'

const SHAPE = { kvHeads: 2, headDim: 2 }

/** What a row holds for a head: numbers that say its position, kind and head. */
function numbers(position: number, kind: 'key' | 'value', head: number): number[] {
  return [0, 1].map((i) => position * 100 + (kind === 'key' ? 0 : 50) + 10 * head + i)
}

function append(cache: KvCache, positions: number[]): void {
  cache.append(
    (kind, head) => Float32Array.from(positions.flatMap((p) => numbers(p, kind, head))),
    Int32Array.from(positions),
  )
}

/** The cache holds the rows of these positions, in this order, and nothing else. */
function expectRows(cache: KvCache, positions: number[]): void {
  expect(Array.from({ length: cache.length }, (_, row) => cache.position(row))).toEqual(positions)
  for (const kind of ['key', 'value'] as const) {
    for (const head of [0, 1]) {
      expect([...cache.rows(kind, head, 0, cache.length)]).toEqual(positions.flatMap((p) => numbers(p, kind, head)))
    }
  }
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
        expectRows(cache, model)
        expect(cache.bytes).toBeGreaterThanOrEqual(cache.room * (2 * 2 * 2 + 1) * 4)
        if (model.length > 0) expect(cache.room).toBe(roomFor(model.length))
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
    expectRows(deep, [0, 3, 1, 2, 4])
    expect([deep.written, deep.copy().written, shallow.written]).toEqual([3, 3, 5])
    deep.drop(Int32Array.from([1, 4]))
    expectRows(deep, [0, 3, 2])
    expect(deep.written).toBe(2)
    deep.rewind(3)
    expectRows(deep, [0, 2])
  })

  it('takes rows that lie behind its end already for its own, without a copy', () => {
    const cache = new KvCache(SHAPE)
    append(cache, [0, 1])
    const behind = (kind: 'key' | 'value', head: number): Float32Array => cache.rows(kind, head, 2, 3)
    for (const kind of ['key', 'value'] as const)
      for (const head of [0, 1]) behind(kind, head).set(numbers(2, kind, head))
    cache.append(behind, Int32Array.of(2))
    expectRows(cache, [0, 1, 2])
  })
})
