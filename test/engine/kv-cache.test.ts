import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { KvCache } from '../../electron/engine/kv-cache.ts'
import { attentionMask } from '../../electron/engine/mask.ts'

const SHAPE = { layers: 2, kvHeads: 1, headDim: 2 }

/** Rows whose numbers say their position, layer and kind. */
function rowsFor(positions: number[]): Float32Array {
  return Float32Array.from(
    positions.flatMap((p) =>
      [0, 1].flatMap((layer) => [0, 1].flatMap((kind) => [0, 1].map((i) => p * 100 + layer * 10 + kind * 2 + i))),
    ),
  )
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
            cache.append(rowsFor(positions), Int32Array.from(positions))
            model.push(...positions)
          } else {
            cache.rewind(s.rewind)
            model = model.filter((position) => position < s.rewind)
          }
        }
        expect(cache.length).toBe(model.length)
        expect(cache.bytes).toBe(model.length * 2 * 2 * 2 * 4)
        for (const layer of [0, 1]) {
          const { key, value } = cache.view(layer, cache.length)
          expect([...key]).toEqual(model.flatMap((p) => [p * 100 + layer * 10, p * 100 + layer * 10 + 1]))
          expect([...value]).toEqual(model.flatMap((p) => [p * 100 + layer * 10 + 2, p * 100 + layer * 10 + 3]))
        }
      }),
      { numRuns: 100 },
    )
  })
})

describe('the attention mask', () => {
  const cacheOf = (positions: number[]): KvCache => {
    const cache = new KvCache(SHAPE)
    if (positions.length > 0) cache.append(rowsFor(positions), Int32Array.from(positions))
    return cache
  }
  const seen = (cache: KvCache, cached: number, positions: number[], writes: boolean): string[] => {
    const { values, width } = attentionMask(cache, cached, Int32Array.from(positions), writes)
    return positions.map((_, row) =>
      [...values.subarray(row * width, (row + 1) * width)].map((x) => (x === 0 ? '1' : '0')).join(''),
    )
  }

  it('shows a writing run the cache and the rows up to its own', () => {
    expect(seen(cacheOf([0, 1]), 2, [2, 3, 4], true)).toEqual(['11100', '11110', '11111'])
  })

  it('hides the placeholder row of an empty cache', () => {
    expect(seen(cacheOf([]), 1, [0, 1], true)).toEqual(['010', '011'])
  })

  it('shows a reading run what was written up to its own position, which rows of the same run may have written', () => {
    expect(seen(cacheOf([0, 1, 2, 3]), 4, [1, 3], false)).toEqual(['1100', '1111'])
  })

  it('counts a cache that holds only some positions', () => {
    expect(seen(cacheOf([0, 3, 7]), 3, [4, 7], false)).toEqual(['110', '111'])
  })
})
