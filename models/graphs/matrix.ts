import type { Rows } from '../formats/safetensors.ts'
import type { Codes, StoredMatrix } from '../formats/stored.ts'
import { concatenate } from '../formats/floats.ts'

/** The linear maps of a Llama layer. */
export type Part = 'q' | 'k' | 'v' | 'o' | 'gate' | 'up' | 'down'

/** A weight matrix that is read from its file only when it is written to another, a run of rows at a time. */
export interface Matrix {
  name: string
  rows: number
  cols: number
  /** `count` rows from the row `from` on: count × cols, row-major, float32. */
  readRows(from: number, count: number): Float32Array
  /** As it is stored, where that is not in floating point. */
  stored?: StoredMatrix | null
  /** The maps of a layer that it holds, one below the other, which say how finely it is rounded (precision.ts); none: another's. */
  parts?: readonly Part[]
}

/** Values that are read, converted and written at a time: what importing holds in memory does not grow with a model. */
const RUN = 1 << 18

/** All rows, in runs of at most so many values; a row is never divided. */
export function* runs(rows: number, cols: number, values = RUN): Generator<Rows> {
  const most = Math.max(1, Math.floor(values / Math.max(1, cols)))
  for (let from = 0; from < rows; from += most) yield { from, count: Math.min(most, rows - from) }
}

/** All of a matrix at once: rows × cols, row-major, float32. */
export function readWhole({ rows, readRows }: Pick<Matrix, 'rows' | 'readRows'>): Float32Array {
  return readRows(0, rows)
}

/** Matrices with the same columns, one below the other: one multiplication instead of several. */
export function stack(name: string, parts: readonly Matrix[]): Matrix {
  const cols = parts[0]!.cols
  const rows = parts.reduce((sum, part) => sum + part.rows, 0)
  const readRows = (from: number, count: number): Float32Array => {
    const pieces = within(parts, from, count).map((one) => one.part.readRows(one.from, one.count))
    return pieces.length === 1 ? pieces[0]! : concatenate(pieces)
  }
  return { name, rows, cols, readRows, stored: joined(parts) }
}

/** Codes of the same form, one below the other; null where they are of several. */
function joined(parts: readonly Matrix[]): StoredMatrix | null {
  const [first] = parts.map(({ stored }) => stored)
  if (!first || !parts.every(({ stored }) => stored?.bits === first.bits && stored.group === first.group)) return null
  const readRows = (from: number, count: number): Codes => {
    const all = within(parts, from, count).map((one) => one.part.stored!.readRows(one.from, one.count))
    const codes = new Int8Array(all.reduce((sum, part) => sum + part.codes.length, 0))
    let at = 0
    for (const part of all) {
      codes.set(part.codes, at)
      at += part.codes.length
    }
    return { codes, scales: concatenate(all.map(({ scales }) => scales)) }
  }
  return { ...first, readRows }
}

/** Which rows of which part a run of rows of the stack is. */
function within(parts: readonly Matrix[], from: number, count: number): ({ part: Matrix } & Rows)[] {
  const found: ({ part: Matrix } & Rows)[] = []
  let start = 0
  for (const part of parts) {
    const first = Math.max(from, start)
    const end = Math.min(from + count, start + part.rows)
    if (end > first) found.push({ part, from: first - start, count: end - first })
    start += part.rows
  }
  return found
}

/** Some rows of a matrix. */
export function slice(name: string, whole: Matrix, from: number, rows: number): Matrix {
  return { name, rows, cols: whole.cols, readRows: (first, count) => whole.readRows(from + first, count) }
}
