import { kvPort, PORT } from '../plan/ports.ts'
import type { AttentionContext, AttentionShape, KeyValue } from './attention.ts'
import type { LayerExtras, LayerMatrices } from './llama-layer.ts'
import { llamaLayer } from './llama-layer.ts'
import type { Target } from './linear.ts'
import { embedding, linear } from './linear.ts'
import type { Matrix } from './matrix.ts'
import type { NormWeight, Stream } from './norm.ts'
import { rmsNorm, settled } from './norm.ts'
import { givePresents, giveReached, residentInputs, residentPast } from './resident-attention.ts'
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
  attentionNorm: NormWeight | null
  mlpNorm: NormWeight | null
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
  /** Norm [D] of the state behind the layers, where it goes on to another stage. */
  closing?: Float32Array
  /** Head, behind the final norm [D] if it has one: the stage ends with `logits`. Without, with `next_state`. */
  head?: { norm: Float32Array | null; matrix: Matrix }
  /** Further outputs from the state behind the layers [S, D]; `from`: the state before them. */
  also?: ((target: Target, state: string, from: string) => void) | undefined
}

/** Builds the graph of a stage; names of inputs and outputs as the plan says. */
export function buildStage(target: Target, shape: StageShape, stage: Stage): void {
  const { graph } = target
  const wide = ['S', shape.hiddenSize] as const
  const state = stage.table
    ? scaled(target, embedding(target, graph.input(PORT.ids, 'int64', ['S']), stage.table), stage.scale)
    : graph.input(PORT.state, 'float32', wide)
  if (stage.table) target.tap('embed', wide, () => state)
  let stream: Stream = { state, delta: stage.injected ? graph.input(stage.injected, 'float32', wide) : null }
  const context = stage.layers && attentionInputs(target, shape)
  if (stage.layers) stream = layers(target, stream, stage.layers(target), shape, context!)
  if (target.form === 'resident' && stage.table && !stage.head) {
    giveReached(graph, context?.resident?.last ?? graph.input(PORT.last, 'int32', [1]))
  }
  const last = settled(graph, stream)
  const named = (weight: Float32Array): string => graph.floats('final_norm', [shape.hiddenSize], weight)
  const out = stage.closing ? rmsNorm(graph, last, named(stage.closing), shape.epsilon) : last
  target.tap('state', wide, () => out)
  stage.also?.(target, out, state)
  if (!stage.head) {
    graph.output(out, PORT.nextState, 'float32', wide)
    return
  }
  const { matrix } = stage.head
  const wanted = graph.node('Gather', [out, graph.input(PORT.outputRows, 'int64', ['N'])])
  const normed = stage.head.norm ? rmsNorm(graph, wanted, named(stage.head.norm), shape.epsilon) : wanted
  target.tap('norm', ['N', shape.hiddenSize], () => normed)
  graph.output(linear(target, normed, matrix), PORT.logits, 'float32', ['N', matrix.rows])
}

function scaled({ graph }: Target, x: string, scale: number | undefined): string {
  return scale === undefined ? x : graph.node('Mul', [x, graph.floats('embedding_scale', [1], Float32Array.of(scale))])
}

/** Weights of k and v that take as long as an If of ONNX Runtime, some 50 µs. */
const WORTH_A_BRANCH = 400_000

/**
 * Declares the inputs that a run of layers has in common and gives what its layers share. Where runs differ in whether
 * rows write K/V, the host says so (input `writes`), or, where computing them in vain is cheaper than a branch, hides them
 * by the mask.
 */
export function attentionInputs(target: Target, shape: StageShape): AttentionContext {
  const { graph, form } = target
  const tables = ropeTables(target, shape.contextLength, shape.headDim, shape)
  const common = { shape, epsilon: shape.epsilon }
  const byHeads = new Map<string, string>()
  if (form === 'resident') {
    const writes = target.writes === 'never' ? 'never' : 'always'
    const rope = { ...tables, positions: '', byHeads }
    return { ...common, rope, mask: '', split: '', writes, resident: residentInputs(graph) }
  }
  const keyWeights = 2 * shape.kvHeads * shape.headDim * shape.hiddenSize
  const branches = target.writes === 'chosen' && keyWeights > WORTH_A_BRANCH
  return {
    ...common,
    rope: { ...tables, positions: graph.input(PORT.positions, 'int64', [1, 'S']), byHeads },
    mask: graph.input(PORT.mask, 'float32', ['S', 'T']),
    split: graph.input(PORT.split, 'int64', [2]),
    writes: branches ? { when: graph.input(PORT.writes, 'bool', []) } : 'always',
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
    const cache = layerCache(target, shape, i)
    const own = values.unturned ? { ...context, rope: { ...context.rope, unturned: true } } : context
    const result = llamaLayer(target, stream, matrices, { ...values, cache }, own)
    stream = result.stream
    rows.push(result.own)
    target.tap(`layer.${i}`, ['S', shape.hiddenSize], () => settled(graph, result.stream))
  })
  giveKv(target, shape, rows)
  return stream
}

/** Declares the cache of layer `i`. */
export function layerCache({ graph, form }: Target, shape: StageShape, i: number): KeyValue {
  if (form === 'resident') return residentPast(graph, shape, i)
  const dims = [shape.kvHeads, 1, 'C', shape.headDim]
  return {
    key: graph.input(kvPort('key', i), 'float32', dims),
    value: graph.input(kvPort('value', i), 'float32', dims),
  }
}

/** Gives out what this run adds to the caches of all layers. */
export function giveKv(target: Target, shape: AttentionShape, rows: readonly KeyValue[]): void {
  if (target.form === 'host') giveRows(target, shape, rows)
  else if (target.writes !== 'never') givePresents(target.graph, shape, rows)
}

/** Inputs of a Concat: with its output no more buffers than any WebGPU adapter binds to a shader. */
const MOST_JOINED = 7

/** Gives out the new keys and values of all layers, each as one tensor [layers · kvHeads, 1, W, headDim]: every output of a run costs time. */
function giveRows({ graph }: Target, shape: AttentionShape, rows: readonly KeyValue[]): void {
  const give = (kind: 'key' | 'value', port: string): void => {
    let parts = rows.map((row) => row[kind])
    while (parts.length > 1) {
      parts = Array.from({ length: Math.ceil(parts.length / MOST_JOINED) }, (_, i) => {
        const some = parts.slice(i * MOST_JOINED, (i + 1) * MOST_JOINED)
        return some.length === 1 ? some[0]! : graph.node('Concat', some, { attributes: { axis: { int: 0 } } })
      })
    }
    graph.output(parts[0]!, port, 'float32', [rows.length * shape.kvHeads, 1, 'W', shape.headDim])
  }
  give('key', PORT.newKeys)
  give('value', PORT.newValues)
}
