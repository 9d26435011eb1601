import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { quantise, transpose } from '../../models/graphs/quantise.ts'

/** What MatMulNBits makes of the stored numbers. */
function restore(values: Float32Array, rows: number, cols: number, bits: 4 | 8, block: number): Float32Array {
  const { data, scales, blocks } = quantise(values, rows, cols, bits, block)
  const out = new Float32Array(rows * cols)
  for (let row = 0; row < rows; row++) {
    for (let col = 0; col < cols; col++) {
      const b = Math.floor(col / block)
      const k = (row * blocks + b) * block + (col % block)
      const q = bits === 8 ? data[k]! : (data[k >> 1]! >> (k & 1 ? 4 : 0)) & 15
      out[row * cols + col] = (q - (1 << (bits - 1))) * scales[row * blocks + b]!
    }
  }
  return out
}

const matrices = fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 70 })).chain(([rows, cols]) =>
  fc.record({
    rows: fc.constant(rows),
    cols: fc.constant(cols),
    values: fc
      .array(fc.float({ min: -8, max: 8, noNaN: true }), { minLength: rows * cols, maxLength: rows * cols })
      .map((list) => Float32Array.from(list)),
  }),
)

describe('block quantisation', () => {
  it.each([
    [8, 32],
    [4, 64],
  ] as const)('to %i bits in blocks of %i is off by at most a step', (bits, block) => {
    fc.assert(
      fc.property(matrices, ({ rows, cols, values }) => {
        const back = restore(values, rows, cols, bits, block)
        for (let row = 0; row < rows; row++) {
          for (let start = 0; start < cols; start += block) {
            const inBlock = (i: number): boolean =>
              i >= row * cols + start && i < row * cols + Math.min(cols, start + block)
            const indices = [...values.keys()].filter(inBlock)
            const peak = Math.max(...indices.map((i) => Math.abs(values[i]!)))
            const step = peak / (bits === 8 ? 127 : 8)
            for (const i of indices) expect(Math.abs(back[i]! - values[i]!)).toBeLessThanOrEqual(step * 1.001 + 1e-12)
          }
        }
      }),
      { numRuns: 60 },
    )
  })

  it('keeps zeros and the value of largest magnitude', () => {
    const values = Float32Array.from({ length: 64 }, (_, i) => (i === 7 ? -3.5 : 0))
    expect([...restore(values, 1, 64, 4, 64)]).toEqual([...values])
    expect(restore(values, 1, 64, 8, 32)[7]).toBeCloseTo(-3.5, 6)
  })
})

it('transposes', () => {
  expect([...transpose(Float32Array.of(1, 2, 3, 4, 5, 6), 2, 3)]).toEqual([1, 4, 2, 5, 3, 6])
})
