import type { GraphBuilder } from './builder.ts'
import type { DeviceContext } from './device-attention.ts'

export interface AttentionShape {
  heads: number
  kvHeads: number
  headDim: number
}

/** What all layers of a graph share. S: rows of this run; C: rows in the cache; T: keys that a row is held against. */
export interface AttentionContext {
  shape: AttentionShape
  /** Of every RMSNorm. */
  epsilon: number
  /** [1, S] int64, absolute positions of the rows. */
  positions: string
  /** [S, T] float32, 0 where a row may look and −∞ elsewhere. */
  mask: string
  /** [2] int64: C, S, where caches and the rows of this run lie apart; null where these are written into the caches. */
  split: string | null
  cos: string
  sin: string
  /** RoPE turns pairs that lie side by side, rather than those of the halves. */
  interleaved?: boolean
  /** Whether rows write K/V: always, or as this scalar bool of the host says. */
  writes: 'always' | { when: string }
  /** In graphs for a device, in place of `mask` and `split`. */
  device?: DeviceContext
}

/** x [S, heads · headDim] → [1, S, heads · headDim], rotated by the rows' positions (RoPE). */
export function rotate(graph: GraphBuilder, x: string, heads: number, context: AttentionContext): string {
  return graph.node(
    'RotaryEmbedding',
    [graph.node('Unsqueeze', [x, graph.ints([0])]), context.positions, context.cos, context.sin],
    {
      domain: 'com.microsoft',
      attributes: { num_heads: { int: heads }, interleaved: { int: context.interleaved ? 1 : 0 } },
    },
  )
}

/** Keys and values as attention reads them. */
export interface KeyValue {
  /** [kvHeads, 1, N, headDim] */
  key: string
  value: string
}

/** Those of this run's rows, head by head. */
export interface OwnRows {
  /** [1, S, headDim] each. */
  keys: readonly string[]
  /** [S, headDim] each. */
  values: readonly string[]
}

/**
 * Attention of S rows over a cache and over the keys and values of this run's own rows. Where they lie apart, the two
 * share one softmax. On the CPU the graph gives `own` out, and the host has the runtime write them behind what the cache
 * holds already: the operator that gives q stands behind those that give them, so that the cache has them by the time
 * it is read, and nothing is copied.
 * @param q [1, S, heads · headDim], rotated; made from the operators that give `own`
 * @returns [S, heads · headDim]
 */
export function attend(
  graph: GraphBuilder,
  q: string,
  cache: KeyValue,
  own: OwnRows,
  context: AttentionContext,
): string {
  if (context.split === null) return attention(graph, q, [cache], context, context.mask)
  const together = (heads: readonly string[]): string =>
    heads.length === 1 ? heads[0]! : graph.node('Concat', heads, { attributes: { axis: { int: -1 } } })
  const beside = byHead(graph, { key: together(own.keys), value: together(own.values) }, context.shape)
  return attention(graph, q, [cache, beside], context, context.mask)
}

/**
 * Attention of S rows over the same few keys and values for all of them. Arguments as in `attend`.
 * @param part [N, kvHeads, headDim]
 */
export function attendAside(graph: GraphBuilder, q: string, part: KeyValue, context: AttentionContext): string {
  return attention(graph, q, [byHead(graph, part, context.shape)], context, null)
}

/** [N, kvHeads · headDim] → [kvHeads, 1, N, headDim] */
function byHead(graph: GraphBuilder, { key, value }: KeyValue, { kvHeads, headDim }: AttentionShape): KeyValue {
  const turned = (rows: string): string =>
    graph.node('Transpose', [graph.node('Reshape', [rows, graph.ints([-1, kvHeads, 1, headDim])])], {
      attributes: { perm: { ints: [1, 2, 0, 3] } },
    })
  return { key: turned(key), value: turned(value) }
}

function attention(
  graph: GraphBuilder,
  q: string,
  parts: readonly KeyValue[],
  context: AttentionContext,
  mask: string | null,
): string {
  const { heads, kvHeads, headDim } = context.shape
  const split = graph.node('Reshape', [q, graph.ints([-1, kvHeads, heads / kvHeads, headDim])])
  // as many numbers as a head has, not one: ONNX Runtime would make that the product's, and lose its kernel for one row
  const scale = graph.floats('attention.scale', [headDim], new Float32Array(headDim).fill(1 / Math.sqrt(headDim)))
  const query = graph.node('Mul', [split, scale])
  const scores = parts.map(({ key }) =>
    graph.node(
      'FusedMatMul',
      [graph.node('Transpose', [query], { attributes: { perm: { ints: [1, 2, 0, 3] } } }), key],
      {
        domain: 'com.microsoft',
        attributes: { alpha: 1, transB: { int: 1 } },
      },
    ),
  )
  const all = parts.length > 1 ? graph.node('Concat', scores, { attributes: { axis: { int: -1 } } }) : scores[0]!
  const weights = graph.node('Softmax', [mask === null ? all : graph.node('Add', [all, mask])], {
    attributes: { axis: { int: -1 } },
  })
  const shares =
    parts.length > 1
      ? graph.multi('Split', [weights, context.split!], { outputs: 2, attributes: { axis: { int: -1 } } })
      : [weights]
  const mixed = parts.map(({ value }, i) => graph.node('MatMul', [shares[i]!, value]))
  const sum = mixed.length > 1 ? graph.node('Add', mixed) : mixed[0]!
  const rows = graph.node('Transpose', [sum], { attributes: { perm: { ints: [2, 0, 1, 3] } } })
  return graph.node('Reshape', [rows, graph.ints([-1, heads * headDim])])
}
