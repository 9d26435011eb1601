import { describe, expect, it } from 'vitest'
import type { Matrix, Part } from '../../models/graphs/matrix.ts'
import { encode, formatOf } from '../../models/graphs/precision.ts'

const PARTS: readonly Part[] = ['q', 'k', 'v', 'o', 'gate', 'up', 'down']

function matrix(cols: number, parts?: readonly Part[]): Matrix {
  const values = Float32Array.from({ length: cols }, (_, i) => Math.sin(i))
  return { name: 'w', rows: 1, cols, readRows: () => values, ...(parts && { parts }) }
}

describe('how finely a matrix is rounded', () => {
  it('is 4 bits for what costs least so, where 4 are asked for, and 8 for all else', () => {
    const coarse = PARTS.filter((part) => formatOf(matrix(576, [part]), 'int4').bits === 4)
    expect(coarse).toEqual(['gate'])
    expect(PARTS.every((part) => formatOf(matrix(576, [part]), 'int8').bits === 8)).toBe(true)
    // several maps as one product, and what belongs to no layer, as a head
    expect(formatOf(matrix(576, ['gate', 'up']), 'int4').bits).toBe(8)
    expect(formatOf(matrix(576), 'int4').bits).toBe(8)
  })

  it('is in blocks of 64 in every map beside 4 bits, and of 128 without, but for down', () => {
    const blocks = (precision: 'int8' | 'int4'): number[] =>
      PARTS.map((part) => formatOf(matrix(1536, [part]), precision).block)
    expect(blocks('int4')).toEqual(PARTS.map(() => 64))
    expect(blocks('int8')).toEqual(PARTS.map((part) => (part === 'down' ? 64 : 128)))
  })

  it('is in smaller blocks where larger ones would pad it by much', () => {
    expect(formatOf(matrix(96, ['gate']), 'int4')).toEqual({ bits: 4, block: 32 })
    expect(formatOf(matrix(192, ['q']), 'int8')).toEqual({ bits: 8, block: 64 })
  })

  it('is as stored, whatever the map, where that is 4 bits', () => {
    const codes = Int8Array.from({ length: 128 }, (_, i) => (i % 16) - 8)
    const readRows = (): { codes: Int8Array; scales: Float32Array } => ({
      codes,
      scales: Float32Array.of(0.5, 2, 3, 4),
    })
    const stored: Matrix = { ...matrix(128, ['down']), stored: { bits: 4, group: 32, readRows } }
    for (const precision of ['int8', 'int4'] as const) {
      const format = formatOf(stored, precision)
      expect(format).toEqual({ bits: 4, block: 32 })
      const { data, scales } = encode(stored, format)
      expect([...scales]).toEqual([0.5, 2, 3, 4])
      expect(data[0]).toBe(0x10)
    }
  })
})
