/**
 * X·Yᵀ [p, q] of two row-major matrices X [p, m] and Y [q, m]: the inner products of all their rows.
 * @param y X itself: only half is computed, for the rest is the same
 */
export function innerProducts(x: Float64Array, y: Float64Array, m: number): Float64Array {
  const [p, q] = [x.length / m, y.length / m]
  const isOwn = x === y
  const out = new Float64Array(p * q)
  for (let i = 0; i < p; i++) {
    // rows before i are known by symmetry, but blocks of four begin at multiples of four
    const start = isOwn ? i - (i % 4) : 0
    productsOfRow(x.subarray(i * m, (i + 1) * m), y, m, start, out.subarray(i * q, (i + 1) * q))
  }
  if (isOwn) {
    for (let i = 0; i < p; i++) {
      for (let j = 0; j < i - (i % 4); j++) out[i * q + j] = out[j * q + i]!
    }
  }
  return out
}

/** Inner products of `x` with the rows of Y from `start` on; four at a time, which the processor does side by side. */
function productsOfRow(x: Float64Array, y: Float64Array, m: number, start: number, out: Float64Array): void {
  let j = start
  for (; j + 4 <= out.length; j += 4) {
    const y0 = y.subarray(j * m, (j + 1) * m)
    const y1 = y.subarray((j + 1) * m, (j + 2) * m)
    const y2 = y.subarray((j + 2) * m, (j + 3) * m)
    const y3 = y.subarray((j + 3) * m, (j + 4) * m)
    let [s0, s1, s2, s3] = [0, 0, 0, 0]
    for (let k = 0; k < m; k++) {
      const value = x[k]!
      s0 += value * y0[k]!
      s1 += value * y1[k]!
      s2 += value * y2[k]!
      s3 += value * y3[k]!
    }
    out[j] = s0
    out[j + 1] = s1
    out[j + 2] = s2
    out[j + 3] = s3
  }
  for (; j < out.length; j++) out[j] = dot(x, y.subarray(j * m, (j + 1) * m))
}

/** X·Y [p, m] of X [p, n] and Y [n, m]: sums of the rows of Y. */
export function combinations(x: Float64Array, y: Float64Array, m: number): Float64Array {
  const n = y.length / m
  const p = x.length / n
  const out = new Float64Array(p * m)
  for (let i = 0; i < p; i++) {
    const row = out.subarray(i * m, (i + 1) * m)
    for (let j = 0; j < n; j++) add(row, y.subarray(j * m, (j + 1) * m), x[i * n + j]!)
  }
  return out
}

/** x += factor · y, from an index on. */
export function add(x: Float64Array, y: Float64Array, factor: number, from = 0): void {
  for (let k = from; k < x.length; k++) x[k]! += factor * y[k]!
}

/** Inner product of two vectors from an index on. */
export function dot(x: Float64Array, y: Float64Array, from = 0): number {
  let sum = 0
  for (let k = from; k < x.length; k++) sum += x[k]! * y[k]!
  return sum
}

export function transposed(x: Float64Array, rows: number, cols: number): Float64Array {
  const out = new Float64Array(x.length)
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < cols; j++) out[j * rows + i] = x[i * cols + j]!
  }
  return out
}
