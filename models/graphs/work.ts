import { fromBinary } from '@bufbuild/protobuf'
import type { NodeProto, TensorProto } from './onnx/onnx_pb.ts'
import { ModelProtoSchema } from './onnx/onnx_pb.ts'

/** What one row costs a graph. */
export interface Work {
  /** Bytes of the matrices that it is multiplied with. */
  bytes: number
  /** Multiplications that are added up. */
  products: number
}

/** Work of a row in a graph as `GraphBuilder` encodes it, without attention, whose work grows with the context. */
export function workOf(onnx: Uint8Array): Work {
  const graph = fromBinary(ModelProtoSchema, onnx).graph!
  const stored = new Map(graph.initializer.map((tensor) => [tensor.name, tensor]))
  const work: Work = { bytes: 0, products: 0 }
  for (const node of graph.node) {
    const weights = node.input.flatMap((name) => stored.get(name) ?? [])
    work.products += products(node, weights)
    if (node.opType.startsWith('MatMul')) work.bytes += weights.reduce((sum, tensor) => sum + lengthOf(tensor), 0)
  }
  return work
}

function products({ opType, attribute }: NodeProto, weights: readonly TensorProto[]): number {
  const size = (name: string): number => Number(attribute.find((one) => one.name === name)?.i ?? 0)
  if (opType === 'MatMulNBits') return size('K') * size('N')
  if (opType === 'MatMulNBitsMlp') return 2 * size('K') * size('N')
  if (opType !== 'MatMul') return 0
  return weights.reduce((sum, { dims }) => sum + dims.reduce((product, dim) => product * Number(dim), 1), 0)
}

function lengthOf({ externalData, rawData }: TensorProto): number {
  return Number(externalData.find(({ key }) => key === 'length')?.value ?? rawData.length)
}
