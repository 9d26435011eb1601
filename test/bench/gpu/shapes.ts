import { fromBinary } from '@bufbuild/protobuf'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { ModelWriter } from '../../../models/families/build.ts'
import { FAMILIES } from '../../../models/families/index.ts'
import { TensorReader } from '../../../models/families/tensors.ts'
import type { Weights } from '../../../models/formats/stored.ts'
import type { Element } from '../../../models/graphs/builder.ts'
import type { Matrix } from '../../../models/graphs/matrix.ts'
import type { NodeProto } from '../../../models/graphs/onnx/onnx_pb.ts'
import { ModelProtoSchema } from '../../../models/graphs/onnx/onnx_pb.ts'
import type { StoredTensor } from '../../../models/graphs/builder.ts'
import { WeightWriter } from '../../../models/graphs/weights.ts'
import { staysOnDevice } from '../../../models/plan/device.ts'
import type { ResidentForm, Visit } from '../../../models/plan/plan.ts'

/** A model without weights: its visits, and the nodes of its resident graphs; none where K/V cannot stay on a device. */
export interface Resident {
  visits: Visit[]
  caches: Record<string, { kvHeads: number; headDim: number }>
  vocabSize: number
  form: ResidentForm
  nodes: Record<string, NodeProto[]>
}

/** Tensors of whatever shape is asked for. */
export class AnyTensors extends TensorReader {
  constructor() {
    super({ entries: new Map() } as Partial<Weights> as Weights, () => undefined)
  }

  override matrix(name: string, rows: number, cols: number): Matrix {
    return { name, rows, cols, readRows: (_, count) => new Float32Array(count * cols), stored: null }
  }

  override floats(_: string, shape: readonly number[]): Float32Array {
    return new Float32Array(shape.reduce((product, dim) => product * dim, 1))
  }

  /** Huginn's own blocks are told from those of retrofits by this tensor. */
  override has(name: string): boolean {
    return name.endsWith('core_block.0.norm_3.weight')
  }

  override buffer(name: string, shape: readonly number[]): void {
    if (shape.length === 0) throw new Error(`${name} has no shape`)
  }

  override copy(): void {
    // nothing to compare
  }

  override equal(): boolean {
    return true
  }
}

/** Keeps nothing of what it is given. */
export class NoWeights extends WeightWriter {
  private readonly known = new Map<string, StoredTensor>()

  override store(name: string, element: Element, dims: readonly number[]): StoredTensor {
    const known = this.known.get(name)
    if (known) return known
    const size = { float32: 4, int64: 8, int32: 4, uint8: 1, int8: 1, bool: 1 }[element]
    const byteLength = dims.reduce((product, dim) => product * dim, size)
    const tensor = { name, element, dims: [...dims], offset: 0, byteLength }
    this.known.set(name, tensor)
    return tensor
  }
}

/** The resident form of a configuration at its full size, in 8 bits. */
export async function residentOf(config: object): Promise<Resident | null> {
  const folder = mkdtempSync(path.join(tmpdir(), 'depthwise-shapes-'))
  const { model_type: type, family } = config as { model_type?: string; family?: string }
  const writer = new ModelWriter(folder, 'int8', false, new NoWeights(path.join(folder, 'none')))
  try {
    const build = FAMILIES.get(type ?? family ?? '')!.read(config)
    const compiled = await build(new AnyTensors(), writer)
    const form = staysOnDevice({ prompts: 'chunks', ...compiled }) ? await writer.resident(compiled.visits) : null
    if (!form) return null
    const nodes = Object.entries(form.graphs).map(
      ([name, { file }]) => [name, nodesOf(path.join(folder, file))] as const,
    )
    return { ...compiled, form, nodes: Object.fromEntries(nodes) }
  } finally {
    writer.close()
    rmSync(folder, { recursive: true })
  }
}

function nodesOf(file: string): NodeProto[] {
  return fromBinary(ModelProtoSchema, readFileSync(file)).graph!.node
}
