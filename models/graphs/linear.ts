import type { Precision } from '../../electron/contract/values.ts'
import type { Dims, GraphBuilder } from './builder.ts'
import type { Matrix } from './matrix.ts'
import { quantise, transpose } from './quantise.ts'
import type { WeightWriter } from './weights.ts'
import { asBytes } from './weights.ts'

/** Where the parts of a graph put their nodes and weights. */
export interface Target {
  graph: GraphBuilder
  weights: WeightWriter
  precision: Precision
  /** Gives an intermediate value out as `tap.NAME`, in models that are compiled to be compared with a reference. */
  tap: (name: string, dims: Dims, value: () => string) => void
  /** Whether the graph is for a device that keeps K/V and the state in its own memory. */
  device: boolean
}

/**
 * Columns that share a scale: the most of these that pad a matrix by little. Larger blocks are faster, by a tenth in a
 * layer and by a third in a head; with 8 bits they cost nothing that could be measured, with 4 bits they do.
 */
const BLOCKS = { int8: [128, 64], int4: [64] } as const
const SMALLEST_BLOCK = 32
const MOST_PADDING = 1.125

function blockSize(precision: 'int8' | 'int4', cols: number): number {
  const padding = (block: number): number => (Math.ceil(cols / block) * block) / cols
  return BLOCKS[precision].find((block) => padding(block) <= MOST_PADDING) ?? SMALLEST_BLOCK
}

/** Products of 8-bit activations and weights in 32-bit integers: MatMulNBits' fastest kernel on CPUs. */
const ACCURACY_LEVEL = 4

/** x [..., cols] → x · Wᵀ [..., rows]. */
export function linear(target: Target, x: string, matrix: Matrix): string {
  const { graph, weights, precision } = target
  const { rows, cols } = matrix
  if (precision === 'fp32') {
    const read = (): Uint8Array => asBytes(transpose(matrix.read(), rows, cols))
    return graph.node('MatMul', [x, graph.stored(weights.store(`${matrix.name}.T`, 'float32', [cols, rows], read))])
  }
  const bits = precision === 'int8' ? 8 : 4
  const block = blockSize(precision, cols)
  const blocks = Math.ceil(cols / block)
  const get = once(() => quantise(matrix.read(), rows, cols, bits, block))
  const name = `${matrix.name}.q${bits}`
  const data = weights.store(name, 'uint8', [rows, blocks, (block * bits) / 8], () => get().data)
  const scales = weights.store(`${name}.scales`, 'float32', [rows, blocks], () => asBytes(get().scales))
  return graph.node('MatMulNBits', [x, graph.stored(data), graph.stored(scales)], {
    domain: 'com.microsoft',
    attributes: {
      K: { int: cols },
      N: { int: rows },
      bits: { int: bits },
      block_size: { int: block },
      accuracy_level: { int: ACCURACY_LEVEL },
    },
  })
}

/** x [..., cols] → x · Wᵀ + bias in float32, whatever the precision of the model: for routers and gates. */
export function exactLinear(graph: GraphBuilder, x: string, weightT: string, bias?: string): string {
  const y = graph.node('MatMul', [x, weightT])
  return bias === undefined ? y : graph.node('Add', [y, bias])
}

/**
 * ids [S] → rows of the table [S, cols]. Quantised models keep the table in 8 bits with one scale a row,
 * so that a look-up touches only the rows it needs.
 */
export function embedding(target: Target, ids: string, table: Matrix): string {
  const { graph, weights, precision } = target
  const { rows, cols } = table
  if (precision === 'fp32') {
    return graph.node('Gather', [
      graph.stored(weights.store(table.name, 'float32', [rows, cols], () => asBytes(table.read()))),
      ids,
    ])
  }
  const get = once(() => quantise(table.read(), rows, cols, 8, cols))
  const signed = (): Uint8Array => get().data.map((q) => (q + 128) & 0xff)
  const data = weights.store(`${table.name}.rows`, 'int8', [rows, cols], signed)
  const scales = weights.store(`${table.name}.rows.scales`, 'float32', [rows, 1], () => asBytes(get().scales))
  const picked = graph.node('Cast', [graph.node('Gather', [graph.stored(data), ids])], {
    attributes: { to: { int: 1 } },
  })
  return graph.node('Mul', [picked, graph.node('Gather', [graph.stored(scales), ids])])
}

/** Calls `make` when it is first needed, and never where the weights are there already. */
function once<T extends object>(make: () => T): () => T {
  let made: T | undefined
  return () => (made ??= make())
}
