import type { Matrix } from './matrix.ts'
import { runs } from './matrix.ts'
import { encode } from './precision.ts'
import type { BlockFormat } from './quantise.ts'
import { quantise, transpose } from './quantise.ts'
import type { Contents, Piece } from './weights.ts'
import { asBytes } from './weights.ts'

const FLOAT = Float32Array.BYTES_PER_ELEMENT
/** Values of a matrix that are transposed at a time: the more, the longer the pieces of a column. */
const TRANSPOSED = 1 << 23

/** A tensor that is made at once. */
export function wholly(values: () => Float32Array): Contents {
  return () => [{ at: 0, bytes: asBytes(values()) }]
}

/** A matrix in float32, as it is. */
export function* rowsOf(matrix: Matrix): Generator<Piece> {
  for (const { from, count } of runs(matrix.rows, matrix.cols)) {
    yield { at: from * matrix.cols * FLOAT, bytes: asBytes(matrix.readRows(from, count)) }
  }
}

/** A matrix in float32, transposed. */
export function* columnsOf(matrix: Matrix): Generator<Piece> {
  const { rows, cols } = matrix
  for (const { from, count } of runs(rows, cols, TRANSPOSED)) {
    const turned = asBytes(transpose(matrix.readRows(from, count), count, cols))
    if (count === rows) {
      yield { at: 0, bytes: turned }
      return
    }
    for (let col = 0; col < cols; col++) {
      const start = col * count * FLOAT
      yield { at: (col * rows + from) * FLOAT, bytes: turned.subarray(start, start + count * FLOAT) }
    }
  }
}

/** A matrix in blocks: codes [rows, blocks, bytes of one], and scales [rows, blocks], which are found with the codes. */
export function blocksOf(matrix: Matrix, format: BlockFormat): Record<'data' | 'scales', Contents> {
  const { rows, cols } = matrix
  const blocks = Math.ceil(cols / format.block)
  return coded(rows, cols, blocks, (from, count) => encode(matrix, format, from, count))
}

/** A table in signed bytes, one scale a row. */
export function bytesOf(table: Matrix): Record<'data' | 'scales', Contents> {
  const { rows, cols } = table
  return coded(rows, cols, 1, (from, count) => {
    const { data, scales } = quantise(table.readRows(from, count), count, cols, { bits: 8, block: cols })
    return { data: data.map((code) => code ^ 0x80), scales }
  })
}

function coded(
  rows: number,
  cols: number,
  scalesOfRow: number,
  encoded: (from: number, count: number) => { data: Uint8Array; scales: Float32Array },
): Record<'data' | 'scales', Contents> {
  let all = new Float32Array(0)
  return {
    *data() {
      all = new Float32Array(rows * scalesOfRow)
      for (const { from, count } of runs(rows, cols)) {
        const { data, scales } = encoded(from, count)
        all.set(scales, from * scalesOfRow)
        yield { at: (data.byteLength / count) * from, bytes: data }
      }
    },
    scales: wholly(() => all),
  }
}
