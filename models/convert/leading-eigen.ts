import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64'
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'
import { add, combinations, dot, innerProducts } from './products.ts'
import type { Eigen } from './symmetric-eigen.ts'
import { symmetricEigen } from './symmetric-eigen.ts'

/** Up to this size all eigenpairs are found exactly: a second or two on one core. */
const EXACT_UP_TO = 768
/** Rounds of the iteration at most, and the growth of what it captures that no longer pays for another. */
const MAX_ROUNDS = 30
const ENOUGH = 1e-3

/**
 * The `count` largest eigenvalues of a positive semidefinite matrix [n, n] and their eigenvectors. Exact where the
 * matrix is small or many are wanted; else by subspace iteration with twice as many vectors from a random start (Halko,
 * Martinsson and Tropp, arXiv 0909.4061), always the same. Then the vectors are orthonormal all the same, and what they
 * capture of the trace is short of the most by about a thousandth.
 */
export function leadingEigen(matrix: Float64Array, n: number, count: number, exactUpTo = EXACT_UP_TO): Eigen {
  const width = 2 * count + 16
  if (n <= exactUpTo || 3 * width > n) return firstOf(symmetricEigen(matrix.slice(), n), n, count)
  let basis = orthonormal(randomRows(width, n), n)
  for (let round = 0, before = 0; round < MAX_ROUNDS; round++) {
    const next = innerProducts(basis, matrix, n)
    const captured = dot(basis, next)
    if (captured - before <= ENOUGH * captured) break
    before = captured
    basis = orthonormal(next, n)
  }
  const inside = innerProducts(innerProducts(basis, matrix, n), basis, n)
  const { values, vectors } = firstOf(symmetricEigen(inside, width), width, count)
  return { values, vectors: combinations(vectors, basis, n) }
}

function firstOf({ values, vectors }: Eigen, n: number, count: number): Eigen {
  return { values: values.slice(0, count), vectors: vectors.slice(0, count * n) }
}

function randomRows(count: number, n: number): Float64Array {
  const random = xoroshiro128plus(1)
  return Float64Array.from({ length: count * n }, () => uniformFloat64(random) - 0.5)
}

/** Gram-Schmidt over the rows, twice, without which rounding would leave them oblique. In place. */
function orthonormal(rows: Float64Array, n: number): Float64Array {
  for (let i = 0; i < rows.length; i += n) {
    const row = rows.subarray(i, i + n)
    for (let pass = 0; pass < 2; pass++) {
      for (let j = 0; j < i; j += n) {
        const other = rows.subarray(j, j + n)
        add(row, other, -dot(row, other))
      }
      const length = Math.sqrt(dot(row, row))
      if (length > 0) row.forEach((value, k) => (row[k] = value / length))
    }
  }
  return rows
}
