import type { AttentionContext, AttentionShape, KeyValue } from './attention.ts'
import type { GraphBuilder } from './builder.ts'
import { deviceInputs, devicePast, givePresents } from './device-attention.ts'
import type { LayerExtras, LayerMatrices } from './llama-layer.ts'
import { llamaLayer } from './llama-layer.ts'
import type { Target } from './linear.ts'
import { embedding, linear } from './linear.ts'
import type { Matrix } from './matrix.ts'
import type { NormWeight, Stream } from './norm.ts'
import { rmsNorm, settled } from './norm.ts'
import type { Rope } from './rope.ts'
import { ropeTables } from './rope.ts'

export interface StageShape extends AttentionShape, Rope {
  hiddenSize: number
  contextLength: number
  epsilon: number
}

/** A layer of a stage: its matrices, and its norms as values of the graph. */
export interface StageLayer extends LayerExtras {
  matrices: LayerMatrices
  attentionNorm: NormWeight
  mlpNorm: NormWeight
}

/** A run of layers, with what stands before and behind it. */
export interface Stage {
  /** Embedding table: the stage begins with `ids`. Without, with `state`. */
  table?: Matrix
  /** What the table's rows are multiplied by. */
  scale?: number
  /** A further input [S, D], by this name, that is added to the state before the layers. */
  injected?: string
  /** The layers; declares what inputs they need. */
  layers?: (target: Target) => StageLayer[]
  /** Whether visits differ in whether rows write K/V. */
  selective?: boolean
  /** Norm [D] of the state behind the layers, where it goes on to another stage. */
  closing?: Float32Array
  /** Head, behind the final norm [D] if it has one: the stage ends with `logits`. Without, with `next_state`. */
  head?: { norm: Float32Array | null; matrix: Matrix }
  /** Further outputs from the state behind the layers [S, D]. */
  also?: ((target: Target, state: string) => void) | undefined
}

/** Builds the graph of a stage; names of inputs and outputs as the plan says. */
export function buildStage(target: Target, shape: StageShape, stage: Stage): void {
  const { graph } = target
  const wide = ['S', shape.hiddenSize] as const
  const resident = target.form === 'device' && !stage.table ? residentState(graph, shape.hiddenSize) : null
  const state = stage.table
    ? scaled(target, embedding(target, graph.input('ids', 'int64', ['S']), stage.table), stage.scale)
    : (resident?.rows ?? graph.input('state', 'float32', wide))
  if (stage.table) target.tap('embed', wide, () => state)
  let stream: Stream = { state, delta: stage.injected ? graph.input(stage.injected, 'float32', wide) : null }
  if (stage.layers) {
    const context = attentionInputs(target, shape, stage.selective ?? false)
    stream = layers(target, stream, stage.layers(target), shape, context)
  }
  const last = settled(graph, stream)
  const named = (weight: Float32Array): string => graph.floats('final_norm', [shape.hiddenSize], weight)
  const out = stage.closing ? rmsNorm(graph, last, named(stage.closing), shape.epsilon) : last
  target.tap('state', wide, () => out)
  stage.also?.(target, out)
  if (!stage.head) {
    graph.output(resident?.with(out) ?? out, 'next_state', 'float32', wide)
    return
  }
  const { matrix } = stage.head
  const wanted = graph.node('Gather', [out, graph.input('output_rows', 'int64', ['N'])])
  const normed = stage.head.norm ? rmsNorm(graph, wanted, named(stage.head.norm), shape.epsilon) : wanted
  target.tap('norm', ['N', shape.hiddenSize], () => normed)
  graph.output(linear(target, normed, matrix), 'logits', 'float32', ['N', matrix.rows])
}

function scaled({ graph }: Target, x: string, scale: number | undefined): string {
  return scale === undefined ? x : graph.node('Mul', [x, graph.floats('embedding_scale', [1], Float32Array.of(scale))])
}

/** The state of all rows of a pass [N, D], of which those of this run are taken and put back. */
function residentState(graph: GraphBuilder, hiddenSize: number): { rows: string; with: (rows: string) => string } {
  const all = graph.input('state', 'float32', ['N', hiddenSize])
  const rows = graph.input('rows', 'int64', ['S'])
  return {
    rows: graph.node('Gather', [all, rows]),
    with: (own) => graph.node('ScatterND', [all, graph.node('Unsqueeze', [rows, graph.ints([1])]), own]),
  }
}

/** Weights of k and v that take as long as an If of ONNX Runtime, some 50 µs. */
const WORTH_A_BRANCH = 400_000

/**
 * Declares the inputs that a run of layers has in common and gives what its layers share.
 * @param selective whether visits differ in whether rows write K/V: then the host says so (input `writes`), or, where
 * computing them in vain is cheaper than a branch, hides them by the mask
 */
export function attentionInputs(target: Target, shape: StageShape, selective: boolean): AttentionContext {
  const { graph } = target
  const keyWeights = 2 * shape.kvHeads * shape.headDim * shape.hiddenSize
  const branches = selective && keyWeights > WORTH_A_BRANCH
  const rope = {
    positions: graph.input('positions', 'int64', [1, 'S']),
    ...ropeTables(target, shape.contextLength, shape.headDim, shape),
    byHeads: new Map<string, string>(),
  }
  const common = { shape, epsilon: shape.epsilon, rope }
  if (target.form === 'device') {
    const when = selective ? graph.input('writes', 'bool', []) : null
    const device = deviceInputs(graph, branches ? null : when)
    return { ...common, mask: '', split: '', writes: branches ? { when: when! } : 'always', device }
  }
  return {
    ...common,
    mask: graph.input('mask', 'float32', ['S', 'T']),
    split: graph.input('split', 'int64', [2]),
    writes: branches ? { when: graph.input('writes', 'bool', []) } : 'always',
  }
}

/** Runs layers one after the other over their caches and gives out what this run adds to them. */
export function layers(
  target: Target,
  stream: Stream,
  stage: readonly StageLayer[],
  shape: StageShape,
  context: AttentionContext,
): Stream {
  const { graph } = target
  const rows: KeyValue[] = []
  stage.forEach(({ matrices, ...values }, i) => {
    const cache = target.form === 'device' ? devicePast(graph, shape, i) : cacheInput(target, shape, i)
    const result = llamaLayer(target, stream, matrices, { ...values, cache }, context)
    stream = result.stream
    rows.push(result.own)
    target.tap(`layer.${i}`, ['S', shape.hiddenSize], () => settled(graph, result.stream))
  })
  if (target.form === 'device') givePresents(graph, shape, rows)
  else giveRows(target, shape, rows)
  return stream
}

/** Declares the cache of layer `i`. */
export function cacheInput({ graph }: Target, shape: StageShape, i: number): KeyValue {
  const dims = [shape.kvHeads, 1, 'C', shape.headDim]
  return { key: graph.input(`key.${i}`, 'float32', dims), value: graph.input(`value.${i}`, 'float32', dims) }
}

/** Inputs of a Concat: with its output no more buffers than any WebGPU adapter binds to a shader. */
const MOST_JOINED = 7

/** Gives out the new keys and values of all layers, each as one tensor [layers · kvHeads, 1, W, headDim]: every output of a run costs time. */
export function giveRows({ graph }: Target, shape: AttentionShape, rows: readonly KeyValue[]): void {
  const give = (kind: 'key' | 'value'): void => {
    let parts = rows.map((row) => row[kind])
    while (parts.length > 1) {
      parts = Array.from({ length: Math.ceil(parts.length / MOST_JOINED) }, (_, i) => {
        const some = parts.slice(i * MOST_JOINED, (i + 1) * MOST_JOINED)
        return some.length === 1 ? some[0]! : graph.node('Concat', some, { attributes: { axis: { int: 0 } } })
      })
    }
    graph.output(parts[0]!, `new_${kind}s`, 'float32', [rows.length * shape.kvHeads, 1, 'W', shape.headDim])
  }
  give('key')
  give('value')
}
