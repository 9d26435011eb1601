import type { Matrix } from './matrix.ts'
import type { BlockFormat, BlockQuantised } from './quantise.ts'
import { packed, quantise } from './quantise.ts'

/**
 * Columns that share a scale: the most of these that pad a matrix by little. With 8 bits, blocks of 128 are a quarter
 * faster than blocks of 32 and cost 0.15 % of a small chat model's loss.
 */
const BLOCKS = [128, 64] as const
const SMALLEST_BLOCK = 32
const MOST_PADDING = 1.125

/** Blocks that MatMulNBits takes. */
const TAKEN = [16, 32, 64, 128, 256]

/**
 * How a matrix is stored for a precision. What a folder stores in 4 bits runs as it is, at any but float32. Where 4 bits
 * are asked for, those that bear them have them, with zero points; q, k, v, down and the head keep 8: rounded to 4, they
 * cost most of what 4 bits cost in all (docs/benchmarks.md).
 */
export function formatOf(matrix: Matrix, precision: 'int8' | 'int4'): BlockFormat {
  const { stored, cols, coarse } = matrix
  if (stored?.bits === 4 && TAKEN.includes(stored.group)) return { bits: 4, block: stored.group }
  const fits = (block: number): boolean => (Math.ceil(cols / block) * block) / cols <= MOST_PADDING
  if (precision === 'int4' && coarse) {
    return { bits: 4, block: fits(64) ? 64 : SMALLEST_BLOCK, zeroPoints: true }
  }
  return { bits: 8, block: BLOCKS.find(fits) ?? SMALLEST_BLOCK }
}

/** A matrix in that form. */
export function encode(matrix: Matrix, format: BlockFormat): BlockQuantised {
  const { stored, rows, cols } = matrix
  if (stored?.bits === 4 && format.bits === 4 && format.block === stored.group) return packed(stored.read(), format)
  return quantise(matrix.read(), rows, cols, format)
}
