import type { GraphBuilder } from './builder.ts'

export interface AttentionShape {
  heads: number
  kvHeads: number
  headDim: number
}

/** What all layers of a graph share. S: rows of this run; C: rows in the cache; T = C + S: keys that a row is held against. */
export interface AttentionContext {
  shape: AttentionShape
  /** Of every RMSNorm. */
  epsilon: number
  rope: RopeInputs
  /** [S, T] float32, 0 where a row may look and −∞ elsewhere. */
  mask: string
  /** [2] int64: C, S. */
  split: string
  /** Whether rows write K/V: always, as this scalar bool of the host says, or never (resident graphs only). */
  writes: 'always' | 'never' | { when: string }
  /** In resident graphs, in place of `mask` and `split`. */
  resident?: ResidentContext
}

/** What all layers of a resident graph have in common: T keys, those of this run's S rows last. */
export interface ResidentContext {
  /** [1] int32: T − 1. */
  last: string
  /** [1] int32, in the host's memory: T. */
  total: string
}

export interface RopeInputs {
  /** [1, S] int64, absolute positions of the rows; resident graphs have none. */
  positions: string
  /** Tables [positions + 1, headDim / 2]; the last row leaves a head as it is. */
  cos: string
  sin: string
  /** Index of that last row. */
  still: number
  /** RoPE turns pairs that lie side by side, rather than those of the halves. */
  interleaved?: boolean
  /** Heads are scaled as RoPE's tables do, and not turned. */
  unturned?: boolean
  /** Positions of heads [heads, S], by how many are turned and how many are not. */
  byHeads: Map<string, string>
}

/** Keys and values as attention reads them. */
export interface KeyValue {
  /** [kvHeads, 1, N, headDim] */
  key: string
  value: string
}

/**
 * Rows of heads [S, (turned + still) · headDim] → [turned + still, 1, S, headDim]. RoPE turns the first heads by their
 * rows' positions, all heads in one operator: those that it must not turn are told another position.
 */
export function rotateHeads(
  graph: GraphBuilder,
  rows: string,
  { turned, still }: { turned: number; still: number },
  { rope, shape: { headDim } }: AttentionContext,
): string {
  const heads = byHead(graph, rows, turned + still, headDim)
  return graph.node('RotaryEmbedding', [heads, headPositions(graph, rope, turned, still), rope.cos, rope.sin], {
    domain: 'com.microsoft',
    attributes: { interleaved: { int: rope.interleaved ? 1 : 0 } },
  })
}

/** Positions of S rows' heads [turned + still, S] int64; made once a graph, and outside of its branches. */
export function headPositions(graph: GraphBuilder, rope: RopeInputs, turned: number, still: number): string {
  const key = `${rope.unturned ? 'un' : ''}turned ${turned} ${still}`
  let positions = rope.byHeads.get(key)
  if (positions === undefined) {
    const column = (ofTurned: number, ofStill: number): string => {
      const values = [...Array<number>(turned).fill(ofTurned), ...Array<number>(still).fill(ofStill)]
      return graph.node('Reshape', [graph.ints(values), graph.ints([-1, 1])])
    }
    // at position 0 nothing is turned
    const times = column(rope.unturned ? 0 : 1, 0)
    positions = graph.node('Add', [graph.node('Mul', [times, rope.positions]), column(0, rope.still)])
    rope.byHeads.set(key, positions)
  }
  return positions
}

/** [S, n · headDim] in any shape → [n, 1, S, headDim] */
export function byHead(graph: GraphBuilder, rows: string, n: number, headDim: number): string {
  return graph.node('Transpose', [graph.node('Reshape', [rows, graph.ints([-1, n, 1, headDim])])], {
    attributes: { perm: { ints: [1, 2, 0, 3] } },
  })
}

/** Takes heads [n, 1, S, headDim] apart into the first few, the next few, and so on. */
export function splitHeads(graph: GraphBuilder, heads: string, counts: readonly number[]): string[] {
  return graph.multi('Split', [heads, graph.ints(counts)], {
    outputs: counts.length,
    attributes: { axis: { int: 0 } },
  })
}

/**
 * Attention of S rows over a cache and over the keys and values of this run's own rows, in one softmax. The graph gives
 * `own` out, and the host puts it into the cache behind the run. Scores are not scaled: keys and queries carry it (rope.ts).
 * @param q [heads, 1, S, headDim], rotated
 * @param own [kvHeads, 1, S, headDim]; no rows where none are written
 * @returns [S, heads · headDim]
 */
export function attend(
  graph: GraphBuilder,
  q: string,
  cache: KeyValue,
  own: KeyValue,
  { shape, mask, split }: AttentionContext,
): string {
  const query = grouped(graph, q, shape)
  const all = graph.node('Concat', [scores(graph, query, cache.key), scores(graph, query, own.key)], {
    attributes: { axis: { int: -1 } },
  })
  const weights = softmax(graph, graph.node('Add', [all, mask]))
  const [past, present] = graph.multi('Split', [weights, split], { outputs: 2, attributes: { axis: { int: -1 } } })
  const sum = graph.node('Add', [
    graph.node('MatMul', [past!, cache.value]),
    graph.node('MatMul', [present!, own.value]),
  ])
  return byRow(graph, sum, shape)
}

/**
 * Attention of S rows over the same few keys and values for all of them. Arguments as in `attend`.
 * @param part [N, kvHeads, headDim], as a model stores them
 */
export function attendAside(graph: GraphBuilder, q: string, part: KeyValue, { shape }: AttentionContext): string {
  const { kvHeads, headDim } = shape
  // the other half of the scale, which RoPE's tables give cached keys
  const scale = graph.floats('prompt.scale', [1], Float32Array.of(headDim ** -0.25))
  const key = byHead(graph, graph.node('Mul', [part.key, scale]), kvHeads, headDim)
  const weights = softmax(graph, scores(graph, grouped(graph, q, shape), key))
  return byRow(graph, graph.node('MatMul', [weights, byHead(graph, part.value, kvHeads, headDim)]), shape)
}

/** [heads, 1, S, headDim] → [kvHeads, heads / kvHeads, S, headDim]: single rows take ONNX Runtime's kernel for one row. */
function grouped(graph: GraphBuilder, q: string, { heads, kvHeads, headDim }: AttentionShape): string {
  return graph.node('Reshape', [q, graph.ints([kvHeads, heads / kvHeads, -1, headDim])])
}

function scores(graph: GraphBuilder, query: string, key: string): string {
  return graph.node('FusedMatMul', [query, key], {
    domain: 'com.microsoft',
    attributes: { alpha: 1, transB: { int: 1 } },
  })
}

function softmax(graph: GraphBuilder, values: string): string {
  return graph.node('Softmax', [values], { attributes: { axis: { int: -1 } } })
}

/** [kvHeads, heads / kvHeads, S, headDim] → [S, heads · headDim] */
function byRow(graph: GraphBuilder, sum: string, { heads, headDim }: AttentionShape): string {
  const rows = graph.node('Transpose', [sum], { attributes: { perm: { ints: [2, 0, 1, 3] } } })
  return graph.node('Reshape', [rows, graph.ints([-1, heads * headDim])])
}
