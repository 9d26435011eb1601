import { add, dot } from './products.ts'

/** Eigenvalues, largest first, and the eigenvectors that belong to them, one a row, orthonormal. */
export interface Eigen {
  values: Float64Array
  /** [count, n] */
  vectors: Float64Array
}

/** QL steps for one eigenvalue; two or three are usual. */
const MAX_STEPS = 60

/**
 * All eigenpairs of a symmetric matrix [n, n], to the precision of float64: Householder's tridiagonal form, then QL with
 * implicit shifts (Golub and Van Loan, Matrix Computations, 8.3). About 9 n³ operations. `matrix` is used up.
 */
export function symmetricEigen(matrix: Float64Array, n: number): Eigen {
  const { diagonal, beside, reflectors } = tridiagonal(matrix, n)
  const turned = identity(n)
  diagonalise(diagonal, beside, turned, n)
  const order = Array.from(diagonal.keys()).sort((a, b) => diagonal[b]! - diagonal[a]!)
  const vectors = new Float64Array(n * n)
  order.forEach((from, to) => {
    const vector = turned.subarray(from * n, (from + 1) * n)
    for (const reflector of reflectors.toReversed()) reflect(vector, reflector)
    vectors.set(vector, to * n)
  })
  return { values: Float64Array.from(order, (i) => diagonal[i]!), vectors }
}

interface Tridiagonal {
  diagonal: Float64Array
  /** Beside the diagonal; the last is not used. */
  beside: Float64Array
  /** In their order: I − v·vᵀ each, v zero before `from`. */
  reflectors: Reflector[]
}

interface Reflector {
  v: Float64Array
  from: number
}

function tridiagonal(a: Float64Array, n: number): Tridiagonal {
  const [diagonal, beside] = [new Float64Array(n), new Float64Array(n)]
  const reflectors: Reflector[] = []
  const p = new Float64Array(n)
  for (let k = 0; k < n; k++) {
    diagonal[k] = a[k * n + k]!
    if (k === n - 1) break
    const v = a.slice(k * n, (k + 1) * n)
    const from = k + 1
    const length = Math.sqrt(dot(v, v, from))
    const target = v[from]! > 0 ? -length : length
    beside[k] = target
    if (length === 0) continue
    v[from]! -= target
    const scale = Math.sqrt(2 / dot(v, v, from))
    for (let j = from; j < n; j++) v[j]! *= scale
    reflectors.push({ v, from })
    // A ← (I − v·vᵀ)·A·(I − v·vᵀ), by p = A·v
    for (let i = from; i < n; i++) p[i] = dot(a.subarray(i * n, (i + 1) * n), v, from)
    const half = dot(p, v, from) / 2
    for (let i = from; i < n; i++) p[i]! -= half * v[i]!
    for (let i = from; i < n; i++) {
      const row = a.subarray(i * n, (i + 1) * n)
      const [vi, pi] = [v[i]!, p[i]!]
      for (let j = from; j < n; j++) row[j]! -= vi * p[j]! + pi * v[j]!
    }
  }
  return { diagonal, beside, reflectors }
}

/** Turns a tridiagonal matrix into its eigenvalues, in `d`, and the rows of `z` into its eigenvectors. */
function diagonalise(d: Float64Array, e: Float64Array, z: Float64Array, n: number): void {
  for (let first = 0; first < n; first++) {
    for (let steps = 0; ; steps++) {
      let last = first
      while (last < n - 1 && !isNegligible(e[last]!, d[last]!, d[last + 1]!)) last++
      if (last === first) break
      if (steps === MAX_STEPS) throw new Error('QL did not converge')
      step(d, e, z, n, first, last)
    }
  }
}

function isNegligible(beside: number, above: number, below: number): boolean {
  return Math.abs(beside) <= Number.EPSILON * (Math.abs(above) + Math.abs(below))
}

/** One implicit QL step over the block first…last. */
function step(d: Float64Array, e: Float64Array, z: Float64Array, n: number, first: number, last: number): void {
  const g0 = (d[first + 1]! - d[first]!) / (2 * e[first]!)
  const r0 = Math.hypot(g0, 1)
  let g = d[last]! - d[first]! + e[first]! / (g0 + (g0 < 0 ? -r0 : r0))
  let [sine, cosine, shift] = [1, 1, 0]
  for (let i = last - 1; i >= first; i--) {
    const [f, b] = [sine * e[i]!, cosine * e[i]!]
    const r = Math.hypot(f, g)
    e[i + 1] = r
    if (r === 0) {
      d[i + 1]! -= shift
      e[last] = 0
      return
    }
    sine = f / r
    cosine = g / r
    g = d[i + 1]! - shift
    const t = (d[i]! - g) * sine + 2 * cosine * b
    shift = sine * t
    d[i + 1] = g + shift
    g = cosine * t - b
    rotateRows(z, n, i, sine, cosine)
  }
  d[first]! -= shift
  e[first] = g
  e[last] = 0
}

function rotateRows(z: Float64Array, n: number, i: number, sine: number, cosine: number): void {
  const upper = z.subarray(i * n, (i + 1) * n)
  const lower = z.subarray((i + 1) * n, (i + 2) * n)
  for (let k = 0; k < n; k++) {
    const above = upper[k]!
    const below = lower[k]!
    lower[k] = sine * above + cosine * below
    upper[k] = cosine * above - sine * below
  }
}

function reflect(x: Float64Array, { v, from }: Reflector): void {
  add(x, v, -dot(x, v, from), from)
}

function identity(n: number): Float64Array {
  const matrix = new Float64Array(n * n)
  for (let i = 0; i < n; i++) matrix[i * n + i] = 1
  return matrix
}
