import { describe, expect, it } from 'vitest'
import { leadingEigen } from '../../models/convert/leading-eigen.ts'
import { combinations, innerProducts, transposed } from '../../models/convert/products.ts'
import { symmetricEigen } from '../../models/convert/symmetric-eigen.ts'
import type { Factors } from '../../models/convert/truncated-svd.ts'
import { truncatedSvd } from '../../models/convert/truncated-svd.ts'
import { randomNumbers } from './support.ts'

/** Rows of a random orthogonal matrix [n, n]. */
function orthogonal(n: number, seed: number): Float64Array {
  const x = randomNumbers(n * n, seed)
  return symmetricEigen(innerProducts(x, x, n), n).vectors
}

/** A matrix [rows, cols] with these singular values. */
function withSingular(values: readonly number[], rows: number, cols: number): Float64Array {
  const [u, v] = [orthogonal(rows, 1), orthogonal(cols, 2).slice(0, values.length * cols)]
  const scaled = transposed(u, rows, rows).map((value, i) => value * (values[i % rows] ?? 0))
  const left = Float64Array.from({ length: rows * values.length }, (_, i) => {
    return scaled[Math.floor(i / values.length) * rows + (i % values.length)]!
  })
  return combinations(left, v, cols)
}

function product({ rank, a, b }: Factors, cols: number): Float64Array {
  return rank === 0 ? new Float64Array(0) : combinations(Float64Array.from(b), Float64Array.from(a), cols)
}

function distance(x: Float64Array, y: Float64Array): number {
  return Math.hypot(...x.map((value, i) => value - y[i]!))
}

const SIZES = [
  [12, 12],
  [7, 20],
  [20, 7],
  [1, 5],
  [5, 1],
] as const

describe('the truncated singular value decomposition', () => {
  it.each(SIZES)('is the best approximation of its rank: %i × %i', (rows, cols) => {
    const full = Math.min(rows, cols)
    const values = Array.from({ length: full }, (_, k) => 5 / (k + 1))
    const matrix = withSingular(values, rows, cols)
    for (let rank = 1; rank <= full; rank++) {
      const factors = truncatedSvd(matrix, rows, cols, rank)
      const tail = Math.hypot(0, ...values.slice(rank))
      expect(distance(product(factors, cols), matrix)).toBeCloseTo(tail, 6)
      expect(factors.left).toBeCloseTo(tail, 6)
      expect([...factors.singular].map((value, k) => Math.abs(value - values[k]!) < 1e-9)).not.toContain(false)
    }
  })

  it.each(SIZES)('gives U·Σ and orthonormal rows of Vᵀ: %i × %i', (rows, cols) => {
    const rank = Math.min(rows, cols)
    const { a, b, singular } = truncatedSvd(randomNumbers(rows * cols), rows, cols, rank)
    const rowsOfA = Float64Array.from(a)
    const columnsOfB = transposed(Float64Array.from(b), rows, rank)
    const [unit, squares] = [innerProducts(rowsOfA, rowsOfA, cols), innerProducts(columnsOfB, columnsOfB, rows)]
    for (let i = 0; i < rank; i++) {
      for (let j = 0; j < rank; j++) {
        expect(unit[i * rank + j]).toBeCloseTo(i === j ? 1 : 0, 6)
        expect(squares[i * rank + j]).toBeCloseTo(i === j ? singular[i]! ** 2 : 0, 5)
      }
    }
  })

  it('copes with a matrix of less rank than asked for, and with none at all', () => {
    for (const [rows, cols] of [
      [9, 6],
      [6, 9],
    ] as const) {
      // prettier-ignore
      for (const values of [[3, 2], [0]]) {
        const matrix = withSingular(values, rows, cols)
        const factors = truncatedSvd(matrix, rows, cols, 6)
        expect(distance(product(factors, cols), matrix)).toBeLessThan(1e-6)
        expect([...factors.a, ...factors.b].every(Number.isFinite)).toBe(true)
      }
    }
  })

  it('finds repeated singular values', () => {
    const matrix = withSingular([2, 2, 2, 1], 8, 8)
    expect(truncatedSvd(matrix, 8, 8, 3).left).toBeCloseTo(1, 9)
  })
})

describe('the iteration for large matrices', () => {
  it.each([
    ['a flat spectrum', (k: number) => 1 + 1 / (k + 1)],
    ['a steep one', (k: number) => 2 ** -k],
  ])('captures nearly as much as is possible of %s', (_, value) => {
    const [n, count] = [160, 4]
    const q = orthogonal(n, 3)
    const scaled = q.map((entry, i) => entry * value(Math.floor(i / n)))
    const matrix = combinations(transposed(q, n, n), scaled, n)
    const { values, vectors } = leadingEigen(matrix, n, count, 0)
    const sum = (some: Iterable<number>): number => [...some].reduce((total, each) => total + each, 0)
    const best = sum(Array.from({ length: count }, (__, k) => value(k)))
    expect(sum(values) / best).toBeGreaterThan(0.99)
    expect(sum(values) / best).toBeLessThan(1 + 1e-12)
    const unit = innerProducts(vectors, vectors, n)
    for (let i = 0; i < count * count; i++) expect(unit[i]).toBeCloseTo(i % (count + 1) === 0 ? 1 : 0, 10)
  })
})
