import type { Matrix, Part } from './matrix.ts'
import type { BlockFormat, BlockQuantised } from './quantise.ts'
import { packed, quantise } from './quantise.ts'

/**
 * Columns that share a scale in 8 bits: the most of these that pad a matrix by little. Blocks of 128 are a quarter faster
 * than blocks of 32. MatMulNBits rounds activations in the same blocks, so `down`, whose inputs have outliers, has smaller
 * ones: of the 0.7 % of SmolLM2-135M's loss that blocks of 128 cost everywhere, a third.
 */
const BLOCKS = [128, 64] as const
const SMALLEST_BLOCK = 32
const MOST_PADDING = 1.125

/**
 * Maps that have 4 bits where 4 are asked for, so that at most 2 % of the loss goes: of all, `gate` costs least for its
 * size (SmolLM2-135M 1.3 %, the built-in chat model 0.9 %; with `o` and `up` 4.3 and 2.4 %). Roundings that are
 * cheap to prepare gained nothing: AWQ's scales (arXiv 2306.00978) guessed from the norm's weight cost more than none, and
 * so did GPTQ (arXiv 2210.17323) of `gate` on 800 tokens.
 */
const COARSE: readonly Part[] = ['gate']
/** Columns that share a scale in 4 bits, and in the maps beside them: blocks of 128 there would cost 0.3 to 0.5 % more. */
const COARSE_BLOCK = 64

/** Blocks that MatMulNBits takes. */
const TAKEN = [16, 32, 64, 128, 256]

/** How a matrix is stored for a precision. What a model stores in 4 bits runs as it is, at any but float32. */
export function formatOf({ stored, cols, parts = [] }: Matrix, precision: 'int8' | 'int4'): BlockFormat {
  const asStored = stored?.bits === 4 || (stored?.exact === true && precision === 'int8')
  if (stored && asStored && TAKEN.includes(stored.group)) return { bits: stored.bits, block: stored.group }
  const fits = (block: number): boolean => (Math.ceil(cols / block) * block) / cols <= MOST_PADDING
  const isMix = precision === 'int4' && parts.length > 0
  const bits = isMix && parts.every((part) => COARSE.includes(part)) ? 4 : 8
  const most = isMix ? COARSE_BLOCK : parts.includes('down') ? 64 : 128
  return { bits, block: BLOCKS.find((block) => block <= most && fits(block)) ?? SMALLEST_BLOCK }
}

/** A matrix in that form, or `count` rows of it from the row `from` on. */
export function encode(matrix: Matrix, format: BlockFormat, from = 0, count = matrix.rows): BlockQuantised {
  const { stored, cols } = matrix
  if (stored?.bits === format.bits && format.block === stored.group)
    return packed(stored.readRows(from, count), stored.bits)
  return quantise(matrix.readRows(from, count), count, cols, format)
}
