import { formatOf } from '../graphs/precision.ts'
import type { Anatomy, Matrices } from './anatomy.ts'

/** What a model needs while it runs, in bytes. */
export interface Memory {
  weights: { int8: number; int4: number }
  /** Tokens of conversation for which the two below are meant. */
  context: number
  /** K/V at budget 0 and at budget 100. */
  kvAtLeast: number
  kvAtMost: number
}

/** A conversation of this length, unless a model's context is shorter. */
export const CONTEXT = 4096
/** K and V are kept in float32. */
const BYTES = 4

type Rounded = 'int8' | 'int4'

/** From the configuration alone. */
export function memoryOf(anatomy: Anatomy): Memory {
  return {
    weights: { int8: weightsOf(anatomy, 'int8'), int4: weightsOf(anatomy, 'int4') },
    ...kvOf(anatomy, [anatomy.cachesAtLeast, anatomy.cachesAtMost]),
  }
}

/** @param caches layers' worth of K/V of one token, at budget 0 and 100 */
export function kvOf(
  { kvHeads, headDim, contextLength }: Pick<Anatomy, 'kvHeads' | 'headDim' | 'contextLength'>,
  [least, most]: readonly [number, number],
): Pick<Memory, 'context' | 'kvAtLeast' | 'kvAtMost'> {
  const context = Math.min(contextLength, CONTEXT)
  const one = context * kvHeads * headDim * 2 * BYTES
  return { context, kvAtLeast: one * least, kvAtMost: one * most }
}

/** As they are stored when prepared: the head in blocks, beside it the embeddings with a scale for every row. */
function weightsOf({ vocabSize, hiddenSize, matrices, others }: Anatomy, precision: Rounded): number {
  const head: Matrices = { rows: vocabSize, cols: hiddenSize, parts: [], count: 1 }
  const inside = [...matrices, head].reduce((sum, matrix) => sum + bytesOf(matrix, precision), 0)
  return inside + vocabSize * (hiddenSize + BYTES) + others * BYTES
}

function bytesOf({ rows, cols, parts, count }: Matrices, precision: Rounded): number {
  const { bits, block } = formatOf({ name: '', rows, cols, parts, readRows: () => new Float32Array(0) }, precision)
  const blocks = Math.ceil(cols / block)
  return count * rows * blocks * ((block * bits) / 8 + BYTES)
}

/** What is needed at the top of the slider, with a third more for everything else. */
export function neededBytes({ weights, kvAtMost }: Memory, precision: Rounded): number {
  return Math.ceil(1.3 * (weights[precision] + kvAtMost))
}

/** Of the machine's memory, as much as a model may take. */
const SHARE = 0.8

/** 8 bits where they fit, else 4. */
export function fittingPrecision(memory: Memory | null, machine: number): Rounded {
  return memory && neededBytes(memory, 'int8') > SHARE * machine ? 'int4' : 'int8'
}
