import type { NodeProto } from '../../../models/graphs/onnx/onnx_pb.ts'
import { residentGraph } from '../../../models/plan/device.ts'
import type { Resident } from './shapes.ts'

/** Operators that look at a tensor otherwise, and run nothing. */
const VIEWS = new Set(['Reshape', 'Squeeze', 'Unsqueeze', 'Identity'])

/**
 * Kernels of a node with one row on onnxruntime-node 1.30's WebGPU provider, where attention takes the flash kernels of
 * decode: what `npm test` holds against the provider's own profile.
 */
export function kernelsOf({ opType, input, output }: Pick<NodeProto, 'opType' | 'input' | 'output'>): number {
  if (VIEWS.has(opType)) return 0
  switch (opType) {
    case 'GroupQueryAttention':
      // q · k and softmax, its sum with v; before them RoPE and the new rows in one where q, k and v lie side by side,
      // RoPE alone where nothing is written, else the two by themselves
      return input[1] === '' || output.length === 1 ? 3 : 4
    case 'MatMulNBitsMlp':
      return 3
    case 'MatMul':
      // followed by its Add it runs as Gemm
      return 1
    default:
      return 1
  }
}

/** Buffers that a node binds to a shader at most; attention's, which runs several kernels, are in the provider's profile. */
export function buffersOf({ opType, input, output }: Pick<NodeProto, 'opType' | 'input' | 'output'>): number {
  if (VIEWS.has(opType) || opType === 'GroupQueryAttention') return 0
  // gate and up are products of their own
  if (opType === 'MatMulNBitsMlp') return 4
  return [...input, ...output].filter((name) => name !== '').length
}

/** What one token costs in decode at full depth. */
export interface TokenCost {
  runs: number
  kernels: number
  /** Of a layer, of graphs with several: without what a graph has besides. */
  kernelsPerLayer: number
  uploads: number
  readbacks: number
  /** From and to the host. */
  bytes: number
}

/** Counted over the visits of a model, with every token admitted to all of them. */
export function tokenCost({ visits, nodes, form, vocabSize }: Resident): TokenCost {
  let [kernels, perLayer, uploads] = [0, 0, 0]
  let reached = false
  for (const visit of visits) {
    const name = residentGraph(visit)
    const own = nodes[name]!
    kernels += own.reduce((sum, node) => sum + kernelsOf(node), 0)
    const layers = own.filter(({ opType }) => opType === 'GroupQueryAttention').length
    if (layers > 1) perLayer = Math.max(perLayer, layerKernels(own))
    const { inputs, outputs } = form.graphs[name]!
    uploads += inputs.filter(
      (input) => input === 'ids' || input === 'output_rows' || (input === 'last' && !reached),
    ).length
    reached ||= outputs.includes('reached')
  }
  // ids, output_rows: 8 bytes; last: 4
  return { runs: visits.length, kernels, kernelsPerLayer: perLayer, uploads, readbacks: 1, bytes: 20 + 4 * vocabSize }
}

/** Kernels between one attention and the next. */
function layerKernels(nodes: readonly NodeProto[]): number {
  const at = nodes.flatMap(({ opType }, i) => (opType === 'GroupQueryAttention' ? [i] : []))
  return Math.max(
    ...at.slice(1).map((end, i) => nodes.slice(at[i]! + 1, end + 1).reduce((sum, node) => sum + kernelsOf(node), 0)),
  )
}
