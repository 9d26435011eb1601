import type { GraphBuilder } from './builder.ts'
import type { DeviceContext } from './device-attention.ts'

export interface AttentionShape {
  heads: number
  kvHeads: number
  headDim: number
}

/** What all layers of a graph share. S: rows of this run; C: rows in the cache; T: C, or C + S where rows write. */
export interface AttentionContext {
  shape: AttentionShape
  /** Of every RMSNorm. */
  epsilon: number
  /** [1, S] int64, absolute positions of the rows. */
  positions: string
  /** [1, group · S, T] float32, 0 where a row may look and −∞ elsewhere. */
  mask: string
  /** [2] int64: C, S. */
  split: string
  cos: string
  sin: string
  /** RoPE turns pairs that lie side by side, rather than those of the halves. */
  interleaved?: boolean
  /** Whether rows write K/V: always, or as this scalar bool of the host says. */
  writes: 'always' | { when: string }
  /** In graphs for a device, in place of `mask` and `split`. */
  device?: DeviceContext
}

/** Repeats the host's mask [S, T] for the query heads that share a K/V head. */
export function groupedMask(graph: GraphBuilder, mask: string, shape: AttentionShape): string {
  const group = shape.heads / shape.kvHeads
  const once = graph.node('Unsqueeze', [mask, graph.ints([0])])
  return group === 1
    ? once
    : graph.node('Concat', Array<string>(group).fill(once), { attributes: { axis: { int: 1 } } })
}

/** x [S, heads · headDim], rotated by the rows' positions (RoPE). */
export function rotate(graph: GraphBuilder, x: string, heads: number, context: AttentionContext): string {
  const batched = graph.node('Unsqueeze', [x, graph.ints([0])])
  const rotated = graph.node('RotaryEmbedding', [batched, context.positions, context.cos, context.sin], {
    domain: 'com.microsoft',
    attributes: { num_heads: { int: heads }, interleaved: { int: context.interleaved ? 1 : 0 } },
  })
  return graph.node('Squeeze', [rotated, graph.ints([0])])
}

export interface KeyValue {
  /** [N, kvHeads, headDim] */
  key: string
  value: string
}

/**
 * Attention of S rows over a cache of C rows and, where given, over the S rows of this run. The two parts share one
 * softmax; the cache is read where it lies, in the order in which rows were appended.
 * @param q [S, heads · headDim], rotated
 * @returns [S, heads · headDim]
 */
export function attend(graph: GraphBuilder, q: string, parts: readonly KeyValue[], context: AttentionContext): string {
  return attention(graph, q, parts, context, context.mask)
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
  const grouped = graph.node('Transpose', [byHead], { attributes: { perm: { ints: [1, 2, 0, 3] } } })
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
      ? graph.multi('Split', [weights, context.split], { outputs: 2, attributes: { axis: { int: 2 } } })
      : [weights]
  const mixed = parts.map(({ value }, i) =>
    graph.node('FusedMatMul', [shares[i]!, value], {
      domain: 'com.microsoft',
      attributes: { alpha: 1, transBatchB: { int: 1 } },
    }),
  )
  const sum = mixed.length > 1 ? graph.node('Add', mixed) : mixed[0]!
  const split = graph.node('Reshape', [sum, graph.ints([kvHeads, group, -1, headDim])])
  const rows = graph.node('Transpose', [split], { attributes: { perm: { ints: [2, 0, 1, 3] } } })
  return graph.node('Reshape', [rows, graph.ints([-1, heads * headDim])])
}
