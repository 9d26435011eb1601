import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { SafetensorsFile } from '../../models/formats/safetensors.ts'
import { blocksOf, bytesOf, columnsOf, rowsOf } from '../../models/graphs/contents.ts'
import type { Matrix } from '../../models/graphs/matrix.ts'
import { readWhole, runs, slice, stack } from '../../models/graphs/matrix.ts'
import { encode } from '../../models/graphs/precision.ts'
import { transpose } from '../../models/graphs/quantise.ts'
import type { Contents } from '../../models/graphs/weights.ts'
import { asBytes, WeightWriter } from '../../models/graphs/weights.ts'
import { temporaryFolder, writeSafetensors } from './support.ts'

interface Watched extends Matrix {
  /** Rows that were read at a time. */
  readings: number[]
}

function matrix(name: string, rows: number, cols: number): Watched {
  const values = Float32Array.from({ length: rows * cols }, (_, i) => Math.sin(i + name.length))
  const readings: number[] = []
  const readRows = (from: number, count: number): Float32Array => {
    readings.push(count)
    return values.slice(from * cols, (from + count) * cols)
  }
  return { name, rows, cols, readRows, readings }
}

function joined(contents: ReturnType<Contents>, length: number): Uint8Array {
  const all = new Uint8Array(length)
  let written = 0
  for (const { at, bytes } of contents) {
    all.set(bytes, at)
    written += bytes.byteLength
  }
  expect(written).toBe(length)
  return all
}

/** So large that it is read in several runs, the last of them shorter. */
const [ROWS, COLS] = [3001, 3000]

describe('a large matrix', () => {
  it('is written a run of rows at a time, with the bytes that it has as a whole', () => {
    const large = matrix('w', ROWS, COLS)
    const whole = readWhole(large)
    const bytes = 4 * whole.length
    expect(Buffer.compare(joined(rowsOf(large), bytes), asBytes(whole))).toBe(0)
    expect(Buffer.compare(joined(columnsOf(large), bytes), asBytes(transpose(whole, ROWS, COLS)))).toBe(0)
    for (const format of [
      { bits: 8, block: 128 },
      { bits: 4, block: 32 },
    ] as const) {
      const { data, scales } = encode(large, format)
      large.readings.length = 0
      const contents = blocksOf(large, format)
      expect(Buffer.compare(joined(contents.data(), data.length), data)).toBe(0)
      expect(Buffer.compare(joined(contents.scales(), scales.byteLength), asBytes(scales))).toBe(0)
      expect(large.readings.length).toBeGreaterThan(5)
      expect(large.readings.reduce((sum, count) => sum + count)).toBe(ROWS)
    }
    const codes = encode(large, { bits: 8, block: COLS })
    const table = bytesOf(large)
    expect(
      Buffer.compare(
        joined(table.data(), ROWS * COLS),
        codes.data.map((code) => code ^ 0x80),
      ),
    ).toBe(0)
    expect(Buffer.compare(joined(table.scales(), 4 * ROWS), asBytes(codes.scales))).toBe(0)
  })

  it('is divided between rows only', () => {
    expect([...runs(5, 10, 20)]).toEqual([
      { from: 0, count: 2 },
      { from: 2, count: 2 },
      { from: 4, count: 1 },
    ])
    expect([...runs(2, 10, 5)].map(({ count }) => count)).toEqual([1, 1])
  })
})

it('any rows of a stack and of a slice are those of the matrices that they are made of', () => {
  const parts = [matrix('a', 3, 4), matrix('bb', 1, 4), matrix('ccc', 5, 4)]
  const all = stack('all', parts)
  const whole = [...parts.flatMap((part) => [...readWhole(part)])]
  for (let from = 0; from < all.rows; from++) {
    for (let count = 1; from + count <= all.rows; count++) {
      expect([...all.readRows(from, count)]).toEqual(whole.slice(4 * from, 4 * (from + count)))
    }
  }
  expect([...slice('some', all, 2, 4).readRows(1, 2)]).toEqual(whole.slice(12, 20))
})

it('any rows of a tensor are read alone, and none beyond it', () => {
  const file = path.join(temporaryFolder(), 'model.safetensors')
  writeSafetensors(file, { w: { shape: [3, 2], values: [1, 2, 3, 4, 5, NaN] } })
  const weights = new SafetensorsFile(file)
  expect([...weights.readRows('w', [3, 2], 1, 1)]).toEqual([3, 4])
  expect(() => weights.readRows('w', [3, 2], 2, 1)).toThrow(/not a finite number/)
  expect(() => weights.readRows('w', [3, 2], 2, 2)).toThrow(RangeError)
  weights.close()
})

it('a weight file has every tensor at a page of its own, once, and refuses one that lacks bytes', async () => {
  const file = path.join(temporaryFolder(), 'weights.bin')
  const writer = new WeightWriter(file)
  const piece = (at: number, ...bytes: number[]) => ({ at, bytes: Uint8Array.from(bytes) })
  const a = writer.store('a', 'uint8', [3], () => [piece(2, 3), piece(0, 1, 2)])
  expect(writer.store('a', 'uint8', [3], () => [])).toBe(a)
  writer.store('b', 'uint8', [1], () => [piece(0, 9)])
  expect(writer.byteLength).toBe(4097)
  await writer.write()
  const bytes = readFileSync(file)
  expect([bytes.length, ...bytes.subarray(0, 4), bytes[4096]]).toEqual([4097, 1, 2, 3, 0, 9])
  writer.store('c', 'uint8', [2], () => [piece(0, 1)])
  await expect(writer.write()).rejects.toThrow(/1 of 2 bytes/)
  writer.close()
})
