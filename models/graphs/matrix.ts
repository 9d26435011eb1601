import type { Codes, StoredMatrix } from '../formats/stored.ts'
import { concatenate } from '../formats/floats.ts'

/** The linear maps of a Llama layer. */
export type Part = 'q' | 'k' | 'v' | 'o' | 'gate' | 'up' | 'down'

/** A weight matrix that is read from its file only when it is written to another. */
export interface Matrix {
  name: string
  rows: number
  cols: number
  /** rows × cols, row-major, float32. */
  read(): Float32Array
  /** As it is stored, where that is not in floating point. */
  stored?: StoredMatrix | null
  /** The maps of a layer that it holds, one below the other, which say how finely it is rounded (precision.ts); none: another's. */
  parts?: readonly Part[]
}

/** Matrices with the same columns, one below the other: one multiplication instead of several. */
export function stack(name: string, parts: readonly Matrix[]): Matrix {
  const cols = parts[0]!.cols
  const rows = parts.reduce((sum, part) => sum + part.rows, 0)
  const read = (): Float32Array => {
    const all = new Float32Array(rows * cols)
    let at = 0
    for (const part of parts) {
      all.set(part.read(), at)
      at += part.rows * cols
    }
    return all
  }
  return { name, rows, cols, read, stored: joined(parts.map(({ stored }) => stored ?? null)) }
}

/** Codes of the same form, one below the other; null where they are of several. */
function joined(parts: readonly (StoredMatrix | null)[]): StoredMatrix | null {
  const [first] = parts
  if (!first || !parts.every((part) => part?.bits === first.bits && part.group === first.group)) return null
  const read = (): Codes => {
    const all = parts.map((part) => part!.read())
    const codes = new Int8Array(all.reduce((sum, part) => sum + part.codes.length, 0))
    let at = 0
    for (const part of all) {
      codes.set(part.codes, at)
      at += part.codes.length
    }
    return { codes, scales: concatenate(all.map(({ scales }) => scales)) }
  }
  return { ...first, read }
}

/** Some rows of a matrix. */
export function slice(name: string, whole: Matrix, from: number, rows: number): Matrix {
  const { cols } = whole
  return { name, rows, cols, read: () => whole.read().subarray(from * cols, (from + rows) * cols) }
}
