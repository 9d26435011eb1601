import type { Precision } from '../common/values.ts'
import type { Dims, GraphBuilder } from './builder.ts'
import type { Matrix } from './matrix.ts'
import { blocksOf, bytesOf, columnsOf, rowsOf } from './contents.ts'
import { formatOf } from './precision.ts'
import type { BlockFormat } from './quantise.ts'
import type { StoredTensor } from './builder.ts'
import type { WeightWriter } from './weights.ts'

/**
 * Where K/V lie. `host`: a run is handed the caches and gives new rows out beside them. `resident`: caches, and the state,
 * stay in a device's own memory.
 */
export type KvForm = 'host' | 'resident'

/** Where the parts of a graph put their nodes and weights. */
export interface Target {
  graph: GraphBuilder
  weights: WeightWriter
  precision: Precision
  form: KvForm
  /** Whether rows write K/V: all do, a run says so, or none does. */
  writes: 'always' | 'chosen' | 'never'
  /** Declares an input [W] whose values are those of an index that a visit has; resident graphs only. */
  indexed: (input: string, index: string, values: readonly Float32Array[]) => string
  /** Gives an intermediate value out as `tap.NAME`, in models that are compiled to be compared with a reference. */
  tap: (name: string, dims: Dims, value: () => string) => void
}

/**
 * On CPUs, products of 8-bit activations and weights in 32-bit integers: MatMulNBits' fastest kernel there. WebGPU would
 * round the activations in a kernel of its own before every product, so on a device they stay as they are.
 */
const ACCURACY_LEVEL = { host: 4, resident: 0 }

/** x [..., cols] → x · Wᵀ [..., rows]. */
export function linear(target: Target, x: string, matrix: Matrix): string {
  const { graph, weights, precision } = target
  const { rows, cols, name } = matrix
  if (precision === 'fp32') {
    const stored = weights.store(`${name}.T`, 'float32', [cols, rows], () => columnsOf(matrix))
    return graph.node('MatMul', [x, graph.stored(stored)])
  }
  const format = formatOf(matrix, precision)
  const { data, scales } = storedCodes(weights, matrix, format)
  return graph.node('MatMulNBits', [x, graph.stored(data), graph.stored(scales)], {
    domain: 'com.microsoft',
    attributes: blockAttributes(matrix, format, ACCURACY_LEVEL[target.form]),
  })
}

function blockAttributes(
  { rows, cols }: Matrix,
  { bits, block }: BlockFormat,
  level: number,
): Record<string, { int: number }> {
  return {
    K: { int: cols },
    N: { int: rows },
    bits: { int: bits },
    block_size: { int: block },
    accuracy_level: { int: level },
  }
}

/**
 * silu(x · gateᵀ) · (x · upᵀ) as one operator, which spares a device a kernel; null where there is none for it.
 * @param gate with its part, as `up`
 */
export function gatedProduct(target: Target, x: string, gate: Matrix, up: Matrix): string | null {
  const { graph, weights, precision, form } = target
  if (form === 'host' || precision === 'fp32') return null
  const format = formatOf(gate, precision)
  const other = formatOf(up, precision)
  if (other.bits !== format.bits || other.block !== format.block) return null
  const [first, second] = [storedCodes(weights, gate, format), storedCodes(weights, up, format)]
  const codes = [first.data, first.scales, null, second.data, second.scales]
  return graph.node('MatMulNBitsMlp', [x, '', '', ...codes.map((tensor) => (tensor ? graph.stored(tensor) : ''))], {
    domain: 'com.microsoft',
    attributes: { ...blockAttributes(gate, format, ACCURACY_LEVEL.resident), activation: { text: 'silu' } },
  })
}

/** A matrix in blocks, as MatMulNBits takes it: codes [rows, blocks, bytes of one] and scales [rows, blocks]. */
function storedCodes(
  weights: WeightWriter,
  matrix: Matrix,
  format: BlockFormat,
): Record<'data' | 'scales', StoredTensor> {
  const { bits, block } = format
  const blocks = Math.ceil(matrix.cols / block)
  const contents = blocksOf(matrix, format)
  const name = `${matrix.name}.q${bits}`
  return {
    data: weights.store(name, 'uint8', [matrix.rows, blocks, (block * bits) / 8], contents.data),
    scales: weights.store(`${name}.scales`, 'float32', [matrix.rows, blocks], contents.scales),
  }
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
    const stored = weights.store(table.name, 'float32', [rows, cols], () => rowsOf(table))
    return graph.node('Gather', [graph.stored(stored), ids])
  }
  if (target.form === 'resident') return blockwise(target, ids, table, precision)
  const contents = bytesOf(table)
  const data = weights.store(`${table.name}.rows`, 'int8', [rows, cols], contents.data)
  const scales = weights.store(`${table.name}.rows.scales`, 'float32', [rows, 1], contents.scales)
  const picked = graph.node('Cast', [graph.node('Gather', [graph.stored(data), ids])], {
    attributes: { to: { int: 1 } },
  })
  return graph.node('Mul', [picked, graph.node('Gather', [graph.stored(scales), ids])])
}

/** Rows of a table as a product has it: a tied head's weights, in one operator on the device. */
function blockwise({ graph, weights }: Target, ids: string, table: Matrix, precision: 'int8' | 'int4'): string {
  const { rows, cols } = table
  // a tied head's, unless that is in 4 bits, which a look-up cannot read
  const format = formatOf(table.stored?.bits === 8 ? table : { ...table, stored: null }, precision)
  const { data, scales } = storedCodes(weights, table, format)
  // the same bytes, as the operator wants to see them
  const flat = { ...data, name: `${data.name}.rows`, dims: [rows, data.byteLength / rows] }
  const picked = graph.node('GatherBlockQuantized', [graph.stored(flat), ids, graph.stored(scales)], {
    domain: 'com.microsoft',
    attributes: {
      bits: { int: 8 },
      block_size: { int: format.block },
      quantize_axis: { int: 1 },
      gather_axis: { int: 0 },
    },
  })
  if (flat.dims[1] === cols) return picked
  return graph.node('Slice', [picked, graph.ints([0]), graph.ints([cols]), graph.ints([1])])
}
