import type { GraphBuilder } from './builder.ts'

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
  /** [1, S · group, T] float32, 0 where a row may look and −∞ elsewhere. */
  mask: string
  /** [2] int64: C, S, where caches and the rows of this run lie apart; null where these are written into the caches. */
  split: string | null
  cos: string
  sin: string
  /** RoPE turns pairs that lie side by side, rather than those of the halves. */
  interleaved?: boolean
  /** Whether rows write K/V: always, or as this scalar bool of the host says. */
  writes: 'always' | { when: string }
}

/** Repeats the host's mask [S, T] for the query heads that share a K/V head. */
export function groupedMask(graph: GraphBuilder, mask: string, shape: AttentionShape): string {
  const group = shape.heads / shape.kvHeads
  if (group === 1) return graph.node('Unsqueeze', [mask, graph.ints([0])])
  const apart = graph.node('Unsqueeze', [mask, graph.ints([1])])
  const repeated = graph.node('Concat', Array<string>(group).fill(apart), { attributes: { axis: { int: 1 } } })
  // −1 would not do: there may be no rows
  const rows = graph.node('Mul', [
    graph.node('Shape', [mask], { attributes: { start: { int: 0 }, end: { int: 1 } } }),
    graph.ints([group]),
  ])
  const keys = graph.node('Shape', [mask], { attributes: { start: { int: 1 }, end: { int: 2 } } })
  const dims = graph.node('Concat', [graph.ints([1]), rows, keys], { attributes: { axis: { int: 0 } } })
  return graph.node('Reshape', [repeated, dims])
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

export interface KeyValue {
  /** [N, kvHeads, headDim] */
  key: string
  value: string
}

/**
 * Attention of S rows over a cache and over the keys and values of this run's own rows. Where they lie apart, the two
 * share one softmax. On the CPU `own` are the graph's outputs `new_key.i` and `new_value.i`, which the host has the
 * runtime write behind the cache that it hands over: the operator that gives q stands behind those that write them, so
 * the cache holds them by then, in the order in which rows are appended, and nothing is copied.
 * @param q [1, S, heads · headDim], rotated; made from the operators that give `own`
 * @param own [1, S, kvHeads · headDim], [S, kvHeads · headDim]
 * @returns [S, heads · headDim]
 */
export function attend(
  graph: GraphBuilder,
  q: string,
  cache: KeyValue,
  own: KeyValue | null,
  context: AttentionContext,
): string {
  if (context.split === null || own === null) return attention(graph, q, [cache], context, context.mask)
  const { kvHeads, headDim } = context.shape
  const asHeads = (rows: string): string => graph.node('Reshape', [rows, graph.ints([-1, kvHeads, headDim])])
  return attention(graph, q, [cache, { key: asHeads(own.key), value: asHeads(own.value) }], context, context.mask)
}

/** Attention of S rows over the same few keys and values for all of them. Arguments as in `attend`. */
export function attendAside(graph: GraphBuilder, q: string, part: KeyValue, context: AttentionContext): string {
  return attention(graph, q, [part], context, null)
}

function attention(
  graph: GraphBuilder,
  q: string,
  parts: readonly KeyValue[],
  context: AttentionContext,
  mask: string | null,
): string {
  const { heads, kvHeads, headDim } = context.shape
  const group = heads / kvHeads
  const byHead = graph.node('Reshape', [q, graph.ints([-1, kvHeads, group, headDim])])
  const grouped = graph.node('Transpose', [byHead], { attributes: { perm: { ints: [1, 0, 2, 3] } } })
  const query = graph.node('Reshape', [grouped, graph.ints([kvHeads, -1, headDim])])

  const alpha = 1 / Math.sqrt(headDim)
  const scores = parts.map(({ key }) =>
    graph.node('FusedMatMul', [query, key], {
      domain: 'com.microsoft',
      attributes: { alpha, transB: { int: 1 }, transBatchB: { int: 1 } },
    }),
  )
  const all = parts.length > 1 ? graph.node('Concat', scores, { attributes: { axis: { int: 2 } } }) : scores[0]!
  const weights = graph.node('Softmax', [mask === null ? all : graph.node('Add', [all, mask])], {
    attributes: { axis: { int: -1 } },
  })
  const shares =
    parts.length > 1
      ? graph.multi('Split', [weights, context.split!], { outputs: 2, attributes: { axis: { int: 2 } } })
      : [weights]
  const mixed = parts.map(({ value }, i) =>
    graph.node('FusedMatMul', [shares[i]!, value], {
      domain: 'com.microsoft',
      attributes: { alpha: 1, transBatchB: { int: 1 } },
    }),
  )
  const sum = mixed.length > 1 ? graph.node('Add', mixed) : mixed[0]!
  const apart = graph.node('Reshape', [sum, graph.ints([kvHeads, -1, group, headDim])])
  const rows = graph.node('Transpose', [apart], { attributes: { perm: { ints: [1, 0, 2, 3] } } })
  return graph.node('Reshape', [rows, graph.ints([-1, heads * headDim])])
}
