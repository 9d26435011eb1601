import type { AttentionContext, KeyValue } from './attention.ts'
import { attend, rotate } from './attention.ts'
import type { GraphBuilder } from './builder.ts'
import type { Target } from './linear.ts'
import { linear } from './linear.ts'
import type { Matrix } from './matrix.ts'
import { stack } from './matrix.ts'

/** The matrices of one Llama layer. */
export interface LayerMatrices {
  name: string
  q: Matrix
  k: Matrix
  v: Matrix
  o: Matrix
  gate: Matrix
  up: Matrix
  down: Matrix
}

export interface LayerInputs {
  /** RMSNorm weights [D] before attention and before the MLP; values of the graph. */
  attentionNorm: string
  mlpNorm: string
  /** The layer's cache [C, kvHeads, headDim]. */
  cache: KeyValue
}

/** The residual stream between two layers: `state` plus a `delta` that the next norm adds, in one operator. */
export interface Stream {
  state: string
  delta: string | null
}

export interface LayerResult {
  stream: Stream
  /** [S, kvHeads · headDim] each: what this run adds to the cache; no rows where it does not write. */
  key: string
  value: string
}

/** RMSNorm of the stream; gives the stream's sum too. */
export function norm(
  graph: GraphBuilder,
  stream: Stream,
  weight: string,
  epsilon: number,
): { state: string; normed: string } {
  const attributes = { epsilon }
  if (stream.delta === null) {
    return {
      state: stream.state,
      normed: graph.node('SimplifiedLayerNormalization', [stream.state, weight], {
        attributes: { ...attributes, axis: { int: -1 }, stash_type: { int: 1 } },
      }),
    }
  }
  const [normed, , , state] = graph.multi('SkipSimplifiedLayerNormalization', [stream.state, stream.delta, weight], {
    domain: 'com.microsoft',
    attributes,
    outputs: 4,
  })
  return { state: state!, normed: normed! }
}

export function settled(graph: GraphBuilder, stream: Stream): string {
  return stream.delta === null ? stream.state : graph.node('Add', [stream.state, stream.delta])
}

/** One pre-norm Llama layer: `x += o(attention(norm x))`, `x += down(silu(gate n) · up n)` on `n = norm x`. Rows: [S, D]. */
export function llamaLayer(
  target: Target,
  stream: Stream,
  matrices: LayerMatrices,
  inputs: LayerInputs,
  context: AttentionContext,
  epsilon: number,
): LayerResult {
  const { graph } = target
  const before = norm(graph, stream, inputs.attentionNorm, epsilon)
  const { attended, key, value } = attention(target, before.normed, matrices, inputs.cache, context)
  const between = norm(
    graph,
    { state: before.state, delta: linear(target, attended, matrices.o) },
    inputs.mlpNorm,
    epsilon,
  )
  return { stream: { state: between.state, delta: mlp(target, between.normed, matrices) }, key, value }
}

interface Attended {
  attended: string
  key: string
  value: string
}

function attention(
  target: Target,
  x: string,
  matrices: LayerMatrices,
  cache: KeyValue,
  context: AttentionContext,
): Attended {
  const { graph } = target
  const { heads, kvHeads, headDim } = context.shape
  const kv = kvHeads * headDim
  const divide = (whole: string, sizes: number[]): string[] =>
    graph.multi('Split', [whole, graph.ints(sizes)], { outputs: sizes.length, attributes: { axis: { int: 1 } } })
  const asHeads = (rows: string): string => graph.node('Reshape', [rows, graph.ints([-1, kvHeads, headDim])])
  const overBoth = (q: string, key: string, value: string): string =>
    attend(graph, q, [cache, { key: asHeads(key), value: asHeads(value) }], context)

  if (context.writes === 'always') {
    const qkv = linear(target, x, stack(`${matrices.name}.qkv`, [matrices.q, matrices.k, matrices.v]))
    const [turned, value] = divide(qkv, [heads * headDim + kv, kv])
    const [q, key] = divide(rotate(graph, turned!, heads + kvHeads, context), [heads * headDim, kv])
    return { attended: overBoth(q!, key!, value!), key: key!, value: value! }
  }
  const q = rotate(graph, linear(target, x, matrices.q), heads, context)
  const [attended, key, value] = graph.branch(
    context.writes.when,
    () => {
      const both = linear(target, x, stack(`${matrices.name}.kv`, [matrices.k, matrices.v]))
      const [raw, written] = divide(both, [kv, kv])
      const turned = rotate(graph, raw!, kvHeads, context)
      return [overBoth(q, turned, written!), turned, written!]
    },
    () => {
      const none = graph.floats('no_rows', [0, kv], new Float32Array(0))
      return [attend(graph, q, [cache], context), none, none]
    },
  )
  return { attended: attended!, key: key!, value: value! }
}

function mlp(target: Target, x: string, matrices: LayerMatrices): string {
  const { graph } = target
  const both = linear(target, x, stack(`${matrices.name}.gate_up`, [matrices.gate, matrices.up]))
  const size = matrices.gate.rows
  const [gate, up] = graph.multi('Split', [both, graph.ints([size, size])], {
    outputs: 2,
    attributes: { axis: { int: 1 } },
  })
  // QuickGelu with alpha 1 is SiLU in one operator
  const active = graph.node('QuickGelu', [gate!], { domain: 'com.microsoft', attributes: { alpha: 1 } })
  return linear(target, graph.node('Mul', [active, up!]), matrices.down)
}
