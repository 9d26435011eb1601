import { create, toBinary } from '@bufbuild/protobuf'
import type { AttributeProto, GraphProto, NodeProto, TensorProto, ValueInfoProto } from './onnx/onnx_pb.ts'
import {
  AttributeProtoSchema,
  GraphProtoSchema,
  ModelProtoSchema,
  NodeProtoSchema,
  TensorProtoSchema,
  ValueInfoProtoSchema,
} from './onnx/onnx_pb.ts'

/** ONNX element types by the names used here. */
export const ELEMENT = { float32: 1, uint8: 2, int8: 3, int32: 6, int64: 7, bool: 9 } as const
export type Element = keyof typeof ELEMENT
/** Bytes of one value. */
export const ELEMENT_BYTES: Readonly<Record<Element, number>> = {
  float32: 4,
  uint8: 1,
  int8: 1,
  int32: 4,
  int64: 8,
  bool: 1,
}

/** A tensor in a weight file: row-major, at a page-aligned offset. */
export interface StoredTensor {
  name: string
  element: Element
  dims: number[]
  offset: number
  byteLength: number
}

/** A dimension is a size or the name of one that is known at run time. */
export type Dims = readonly (number | string)[]

type Attribute = number | { int: number } | { ints: readonly number[] } | { text: string }

interface NodeOptions {
  /** Default: the ONNX domain. `com.microsoft` holds ONNX Runtime's own operators. */
  domain?: 'com.microsoft'
  /** A plain number is a float attribute. */
  attributes?: Record<string, Attribute>
  outputs?: number
}

const IR_VERSION = 10n
const ONNX_OPSET = 21n

/** Builds one ONNX graph, node by node; values are names. */
export class GraphBuilder {
  readonly name: string
  private readonly weightFile: string
  private nodes: NodeProto[] = []
  private readonly initializers = new Map<string, TensorProto>()
  private readonly inputs: ValueInfoProto[] = []
  private readonly outputs: ValueInfoProto[] = []
  private count = 0

  /** @param weightFile name of the file beside the graph that holds its external tensors */
  constructor(name: string, weightFile: string) {
    this.name = name
    this.weightFile = weightFile
  }

  /** @param dims null: of any rank */
  input(name: string, element: Element, dims: Dims | null): string {
    this.inputs.push(valueInfo(name, element, dims))
    return name
  }

  /** @param dims as of an input */
  output(value: string, name: string, element: Element, dims: Dims | null): void {
    this.nodes.push(
      create(NodeProtoSchema, { opType: 'Identity', input: [value], output: [name], name: `out.${name}` }),
    )
    this.outputs.push(valueInfo(name, element, dims))
  }

  /** A node with one output. */
  node(opType: string, inputs: readonly string[], options: NodeOptions = {}): string {
    return this.multi(opType, inputs, { ...options, outputs: 1 })[0]!
  }

  /** A node with several outputs; where an input or output is left out, its name is empty. */
  multi(opType: string, inputs: readonly string[], options: NodeOptions): string[] {
    const index = this.count++
    const output = Array.from({ length: options.outputs ?? 1 }, (_, i) => `v${index}.${i}`)
    this.nodes.push(
      create(NodeProtoSchema, {
        opType,
        name: `n${index}.${opType}`,
        domain: options.domain ?? '',
        input: [...inputs],
        output,
        attribute: Object.entries(options.attributes ?? {}).map(([key, value]) => attribute(key, value)),
      }),
    )
    return output
  }

  /**
   * Values of whichever branch the scalar bool `condition` picks; the other branch is not run. Both give equally many
   * values and may use those made before.
   */
  branch(condition: string, taken: () => string[], otherwise: () => string[]): string[] {
    const then = this.subgraph('then', taken)
    const other = this.subgraph('else', otherwise)
    const index = this.count++
    const output = then.output.map((_, i) => `v${index}.${i}`)
    const attributes = [
      create(AttributeProtoSchema, { name: 'then_branch', type: 5, g: then }),
      create(AttributeProtoSchema, { name: 'else_branch', type: 5, g: other }),
    ]
    this.nodes.push(
      create(NodeProtoSchema, {
        opType: 'If',
        name: `n${index}.If`,
        input: [condition],
        output,
        attribute: attributes,
      }),
    )
    return output
  }

  /** A small int64 tensor inside the graph; equal ones are stored once. */
  ints(values: readonly number[], scalar = false): string {
    const name = `i64${scalar ? '.scalar' : ''}.${values.join('_')}`
    return this.inline(
      name,
      'int64',
      scalar ? [] : [values.length],
      new Uint8Array(BigInt64Array.from(values, BigInt).buffer),
    )
  }

  /** A small int32 tensor inside the graph. */
  int32s(values: readonly number[]): string {
    return this.inline(
      `i32.${values.join('_')}`,
      'int32',
      [values.length],
      new Uint8Array(Int32Array.from(values).buffer),
    )
  }

  /** A small float32 tensor inside the graph. */
  floats(name: string, dims: readonly number[], values: Float32Array): string {
    return this.inline(name, 'float32', dims, new Uint8Array(values.buffer, values.byteOffset, values.byteLength))
  }

  /** A tensor that lies in the weight file. */
  stored(tensor: StoredTensor): string {
    if (!this.initializers.has(tensor.name)) {
      this.initializers.set(
        tensor.name,
        create(TensorProtoSchema, {
          name: tensor.name,
          dims: tensor.dims.map(BigInt),
          dataType: ELEMENT[tensor.element],
          dataLocation: 1,
          externalData: [
            { key: 'location', value: this.weightFile },
            { key: 'offset', value: String(tensor.offset) },
            { key: 'length', value: String(tensor.byteLength) },
          ],
        }),
      )
    }
    return tensor.name
  }

  /** The names of the graph's inputs and outputs, in their order. */
  names(): { inputs: string[]; outputs: string[] } {
    return { inputs: this.inputs.map((input) => input.name), outputs: this.outputs.map((output) => output.name) }
  }

  /** The graph as an ONNX file. */
  encode(): Uint8Array {
    const model = create(ModelProtoSchema, {
      irVersion: IR_VERSION,
      producerName: 'depthwise',
      opsetImport: [
        { domain: '', version: ONNX_OPSET },
        { domain: 'com.microsoft', version: 1n },
      ],
      graph: create(GraphProtoSchema, {
        name: this.name,
        node: this.nodes,
        initializer: [...this.initializers.values()],
        input: this.inputs,
        output: this.outputs,
      }),
    })
    return toBinary(ModelProtoSchema, model)
  }

  /** Nodes made by `build` go into a graph of their own; tensors and inputs stay with the outer one. */
  private subgraph(name: string, build: () => string[]): GraphProto {
    const outer = this.nodes
    this.nodes = []
    const values = build()
    // an output of a branch must be made inside it
    const output = values.map((value) => ({ name: this.node('Identity', [value]) }))
    const node = this.nodes
    this.nodes = outer
    return create(GraphProtoSchema, { name: `${name}.${this.count++}`, node, output })
  }

  private inline(name: string, element: Element, dims: readonly number[], rawData: Uint8Array): string {
    if (!this.initializers.has(name)) {
      const dataType = ELEMENT[element]
      this.initializers.set(name, create(TensorProtoSchema, { name, dims: dims.map(BigInt), dataType, rawData }))
    }
    return name
  }
}

function valueInfo(name: string, element: Element, dims: Dims | null): ValueInfoProto {
  return create(ValueInfoProtoSchema, {
    name,
    type: {
      value: {
        case: 'tensorType',
        value: {
          elemType: ELEMENT[element],
          ...(dims && {
            shape: {
              dim: dims.map((dim) => ({
                value:
                  typeof dim === 'number'
                    ? { case: 'dimValue' as const, value: BigInt(dim) }
                    : { case: 'dimParam' as const, value: dim },
              })),
            },
          }),
        },
      },
    },
  })
}

function attribute(name: string, value: Attribute): AttributeProto {
  if (typeof value === 'number') return create(AttributeProtoSchema, { name, type: 1, f: value })
  if ('int' in value) return create(AttributeProtoSchema, { name, type: 2, i: BigInt(value.int) })
  if ('ints' in value) return create(AttributeProtoSchema, { name, type: 7, ints: value.ints.map(BigInt) })
  return create(AttributeProtoSchema, { name, type: 3, s: new TextEncoder().encode(value.text) })
}
