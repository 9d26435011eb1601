import { leadingEigen } from './leading-eigen.ts'
import { combinations, dot, innerProducts, transposed } from './products.ts'

/** B·A, the best approximation of a matrix [rows, cols] by one of its rank (Eckart and Young). */
export interface Factors {
  rank: number
  /** [rows, rank]: U·Σ */
  b: Float32Array
  /** [rank, cols]: Vᵀ */
  a: Float32Array
  /** Singular values kept, largest first. */
  singular: Float64Array
  /** Frobenius norms of the matrix, and of what B·A leaves of it. */
  norm: number
  left: number
}

/**
 * Singular value decomposition of a matrix [rows, cols], cut after `rank` values, in float64: the eigenvectors of the
 * Gram matrix of the shorter side are orthonormal to rounding, so B·A is a projection, and at full rank the matrix itself.
 * Where a singular value is zero, B's column is, and A's row is a unit vector from which training could go on.
 * @param rank at most the shorter side
 */
export function truncatedSvd(matrix: Float64Array, rows: number, cols: number, rank: number): Factors {
  const isTall = rows >= cols
  const [short, long] = isTall ? [cols, rows] : [rows, cols]
  const x = isTall ? transposed(matrix, rows, cols) : matrix
  const { vectors } = leadingEigen(innerProducts(x, x, long), short, rank)
  const images = combinations(vectors, x, long)
  const singular = Float64Array.from({ length: rank }, (_, k) => length(images.subarray(k * long, (k + 1) * long)))
  const norm = length(matrix)
  const left = Math.sqrt(Math.max(0, norm ** 2 - dot(singular, singular)))
  const b = new Float32Array(rows * rank)
  const a = new Float32Array(rank * cols)
  for (let k = 0; k < rank; k++) {
    const [vector, image] = [vectors.subarray(k * short, (k + 1) * short), images.subarray(k * long, (k + 1) * long)]
    const sigma = singular[k]!
    if (isTall) {
      a.set(vector, k * cols)
      for (let i = 0; i < rows; i++) b[i * rank + k] = image[i]!
    } else {
      const right = sigma > 0 ? image.map((value) => value / sigma) : unitVector(cols, k)
      a.set(right, k * cols)
      for (let i = 0; i < rows; i++) b[i * rank + k] = sigma * vector[i]!
    }
  }
  return { rank, b, a, singular, norm, left }
}

function unitVector(size: number, at: number): Float64Array {
  const vector = new Float64Array(size)
  vector[at] = 1
  return vector
}

function length(x: Float64Array): number {
  return Math.sqrt(dot(x, x))
}
