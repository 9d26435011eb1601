import type { Precision } from '../common/values.ts'
import type { Dims, GraphBuilder } from './builder.ts'
import type { Matrix } from './matrix.ts'
import { encode, formatOf } from './precision.ts'
import { quantise, transpose } from './quantise.ts'
import type { WeightWriter } from './weights.ts'
import { asBytes } from './weights.ts'

/**
 * Where K/V lie. `host`: a run is handed the caches and gives new rows out beside them. `device`: caches, and the state,
 * stay in a device's own memory.
 */
export type Form = 'host' | 'device'

/** Where the parts of a graph put their nodes and weights. */
export interface Target {
  graph: GraphBuilder
  weights: WeightWriter
  precision: Precision
  form: Form
  /** Gives an intermediate value out as `tap.NAME`, in models that are compiled to be compared with a reference. */
  tap: (name: string, dims: Dims, value: () => string) => void
}

/** Products of 8-bit activations and weights in 32-bit integers: MatMulNBits' fastest kernel on CPUs. */
const ACCURACY_LEVEL = 4

/** x [..., cols] → x · Wᵀ [..., rows]. */
export function linear(target: Target, x: string, matrix: Matrix): string {
  const { graph, weights, precision } = target
  const { rows, cols, name } = matrix
  if (precision === 'fp32') {
    const read = (): Uint8Array => asBytes(transpose(matrix.read(), rows, cols))
    return graph.node('MatMul', [x, graph.stored(weights.store(`${name}.T`, 'float32', [cols, rows], read))])
  }
  const format = formatOf(matrix, precision)
  const { bits, block } = format
  const blocks = Math.ceil(cols / block)
  const get = once(() => encode(matrix, format))
  const stored = `${name}.q${bits}`
  const data = weights.store(stored, 'uint8', [rows, blocks, (block * bits) / 8], () => get().data)
  const scales = weights.store(`${stored}.scales`, 'float32', [rows, blocks], () => asBytes(get().scales))
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
  const get = once(() => quantise(table.read(), rows, cols, { bits: 8, block: cols }))
  const signed = (): Uint8Array => get().data.map((q) => q ^ 0x80)
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
