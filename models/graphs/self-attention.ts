import type { AttentionContext, KeyValue } from './attention.ts'
import { attend, attendAside, byHead, headPositions, rotateHeads, splitHeads } from './attention.ts'
import type { GraphBuilder } from './builder.ts'
import { attendOnDevice, branchOnDevice } from './device-attention.ts'
import type { LayerBase } from './layer-base.ts'
import { rmsNorm } from './norm.ts'

export interface Attended {
  /** [S, heads · headDim] */
  attended: string
  /** What this run adds to the cache [kvHeads, 1, S, headDim], no rows where it does not write; on a device, the cache with it. */
  own: KeyValue
}

/** x through some maps as one product [S, rows of all]. */
export type ProjectHeads = (...parts: ('q' | 'k' | 'v')[]) => string

/**
 * Attention of a layer on its normed input, from q, k and v to what heads give.
 * @param prompt keys and values [N, kvHeads, headDim] that every row attends to besides, in a softmax of its own
 */
export function selfAttention(
  graph: GraphBuilder,
  project: ProjectHeads,
  layer: LayerBase,
  { cache, prompt }: { cache: KeyValue; prompt?: KeyValue },
  context: AttentionContext,
): Attended {
  const [q, result] = context.device
    ? onDevice(graph, project, layer, cache, context, context.device)
    : overCache(graph, project, layer, cache, context)
  if (!prompt) return result
  return { ...result, attended: graph.node('Add', [result.attended, attendAside(graph, q, prompt, context)]) }
}

type Queried = [q: string, result: Attended]

function overCache(
  graph: GraphBuilder,
  project: ProjectHeads,
  layer: LayerBase,
  cache: KeyValue,
  context: AttentionContext,
): Queried {
  const { heads, kvHeads, headDim } = context.shape
  const over = (q: string, own: KeyValue): Queried => [q, { attended: attend(graph, q, cache, own, context), own }]
  const turned = (rows: string, parts: Parts, still: number): string => {
    const count = parts.reduce((sum, [, of]) => sum + of, 0)
    const normed = headNormed(graph, rows, [...parts, [null, still]], layer, context)
    return rotateHeads(graph, normed, { turned: count, still }, context)
  }
  if (context.writes === 'always') {
    const both: Parts = [
      ['q', heads],
      ['k', kvHeads],
    ]
    const [q, key, value] = splitHeads(graph, turned(project('q', 'k', 'v'), both, kvHeads), [heads, kvHeads, kvHeads])
    return over(q!, { key: key!, value: value! })
  }
  const q = turned(project('q'), [['q', heads]], 0)
  headPositions(graph, context.rope, kvHeads, kvHeads)
  const [key, value] = graph.branch(
    context.writes.when,
    () => splitHeads(graph, turned(project('k', 'v'), [['k', kvHeads]], kvHeads), [kvHeads, kvHeads]),
    () => {
      const none = graph.floats('no_rows', [kvHeads, 1, 0, headDim], new Float32Array(0))
      return [none, none]
    },
  )
  return over(q, { key: key!, value: value! })
}

function onDevice(
  graph: GraphBuilder,
  project: ProjectHeads,
  layer: LayerBase,
  past: KeyValue,
  context: AttentionContext,
  device: NonNullable<AttentionContext['device']>,
): Queried {
  const { heads, kvHeads, headDim } = context.shape
  const divide = (whole: string, sizes: number[]): string[] =>
    graph.multi('Split', [whole, graph.ints(sizes)], { outputs: sizes.length, attributes: { axis: { int: -1 } } })
  const [wide, kv] = [heads * headDim, kvHeads * headDim]
  const rotated = (rows: string, count: number): string => rotate(graph, rows, count, context)
  const normed = (rows: string, parts: Parts): string => headNormed(graph, rows, parts, layer, context)
  const queried = (q: string, result: Attended): Queried => [byHead(graph, q, heads, headDim), result]
  if (context.writes === 'always') {
    const [both, value] = divide(project('q', 'k', 'v'), [wide + kv, kv])
    const parts: Parts = [
      ['q', heads],
      ['k', kvHeads],
    ]
    const [q, key] = divide(rotated(normed(both!, parts), heads + kvHeads), [wide, kv])
    return queried(q!, attendOnDevice(graph, q!, { key: key!, value: value! }, past, context.shape, device))
  }
  const q = rotated(normed(project('q'), [['q', heads]]), heads)
  const own = (): KeyValue => {
    const [key, value] = divide(project('k', 'v'), [kv, kv])
    return { key: rotated(normed(key!, [['k', kvHeads]]), kvHeads), value: value! }
  }
  return queried(q, branchOnDevice(graph, context.writes.when, q, own, past, context.shape, device))
}

/** x [S, heads · headDim] → [1, S, heads · headDim], rotated by the rows' positions (RoPE). */
function rotate(graph: GraphBuilder, x: string, heads: number, { rope }: AttentionContext): string {
  const inputs = [graph.node('Unsqueeze', [x, graph.ints([0])]), rope.positions, rope.cos, rope.sin]
  return graph.node('RotaryEmbedding', inputs, {
    domain: 'com.microsoft',
    attributes: { num_heads: { int: heads }, interleaved: { int: rope.interleaved ? 1 : 0 } },
  })
}

/** Heads that lie side by side, with the norm that they have; null: none. */
type Parts = readonly [of: 'q' | 'k' | null, heads: number][]

/** RMSNorm over every head of q and k, where the layer has one. rows: [S, heads · headDim] */
function headNormed(
  graph: GraphBuilder,
  rows: string,
  parts: Parts,
  { name, headNorms }: LayerBase,
  { shape: { headDim }, epsilon }: AttentionContext,
): string {
  if (!headNorms) return rows
  const present = parts.filter(([, heads]) => heads > 0)
  const counts = present.map(([, heads]) => heads)
  const all = graph.node('Reshape', [rows, graph.ints([-1, counts.reduce((sum, heads) => sum + heads, 0), headDim])])
  const apart =
    counts.length === 1
      ? [all]
      : graph.multi('Split', [all, graph.ints(counts)], { outputs: counts.length, attributes: { axis: { int: 1 } } })
  const normed = apart.map((part, i) => {
    const [of] = present[i]!
    if (of === null) return part
    return rmsNorm(graph, part, graph.floats(`${name}.${of}_norm`, [headDim], headNorms[of]), epsilon)
  })
  const joined = normed.length === 1 ? normed[0]! : graph.node('Concat', normed, { attributes: { axis: { int: 1 } } })
  return graph.node('Reshape', [joined, graph.ints([-1, counts.reduce((sum, heads) => sum + heads, 0) * headDim])])
}
