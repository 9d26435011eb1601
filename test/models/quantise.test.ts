import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { BlockFormat, BlockQuantised } from '../../models/graphs/quantise.ts'
import { packed, quantise, transpose } from '../../models/graphs/quantise.ts'

/** What MatMulNBits makes of the stored numbers. */
function restore(values: Float32Array, rows: number, cols: number, format: BlockFormat): Float32Array {
  return restored(quantise(values, rows, cols, format), rows, cols, format)
}

function restored(
  { data, scales }: BlockQuantised,
  rows: number,
  cols: number,
  { bits, block }: BlockFormat,
): Float32Array {
  const blocks = Math.ceil(cols / block)
  const nibble = (bytes: Uint8Array, i: number): number => (bytes[i >> 1]! >> (i & 1 ? 4 : 0)) & 15
  const out = new Float32Array(rows * cols)
  for (let row = 0; row < rows; row++) {
    for (let col = 0; col < cols; col++) {
      const b = Math.floor(col / block)
      const k = (row * blocks + b) * block + (col % block)
      const q = bits === 8 ? data[k]! : nibble(data, k)
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
    { bits: 8, block: 32 },
    { bits: 4, block: 64 },
  ] as const)('to $bits bits in blocks of $block is off by at most a step', (format) => {
    const { bits, block } = format
    fc.assert(
      fc.property(matrices, ({ rows, cols, values }) => {
        const back = restore(values, rows, cols, format)
        for (let row = 0; row < rows; row++) {
          for (let start = 0; start < cols; start += block) {
            const inBlock = (i: number): boolean =>
              i >= row * cols + start && i < row * cols + Math.min(cols, start + block)
            const indices = [...values.keys()].filter(inBlock)
            const part = indices.map((i) => values[i]!)
            const peak = Math.max(...part.map(Math.abs))
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
    expect([...restore(values, 1, 64, { bits: 4, block: 64 })]).toEqual([...values])
    expect(restore(values, 1, 64, { bits: 8, block: 32 })[7]).toBeCloseTo(-3.5, 6)
  })
})

it.each([4, 8] as const)('takes codes of %i bits as they are stored, negative scales too', (bits) => {
  const codes = Int8Array.from({ length: 128 }, (_, i) => (i % 16) - (bits === 4 ? 8 : 128))
  const scales = Float32Array.of(0.5, -0.25)
  const back = restored(packed({ codes, scales }, bits), 2, 64, { bits, block: 64 })
  expect([...back]).toEqual(Array.from(codes, (code, i) => code * scales[i >> 6]!))
})

it('transposes', () => {
  expect([...transpose(Float32Array.of(1, 2, 3, 4, 5, 6), 2, 3)]).toEqual([1, 4, 2, 5, 3, 6])
})
