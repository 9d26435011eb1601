/** A weight matrix that is read from its file only when it is written to another. */
export interface Matrix {
  name: string
  rows: number
  cols: number
  /** rows × cols, row-major, float32. */
  read(): Float32Array
  /** Of an MLP, which bears coarser numbers than attention and the head do. */
  coarse?: boolean
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
  return { name, rows, cols, read }
}

/** Some rows of a matrix. */
export function slice(name: string, whole: Matrix, from: number, rows: number): Matrix {
  const { cols } = whole
  return { name, rows, cols, read: () => whole.read().subarray(from * cols, (from + rows) * cols) }
}
