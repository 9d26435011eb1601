import type { AttentionContext, KeyValue, ResidentContext } from './attention.ts'
import { attend, attendAside, headPositions, rotateHeads, splitHeads } from './attention.ts'
import type { GraphBuilder } from './builder.ts'
import type { LayerBase } from './layer-base.ts'
import { rmsNorm } from './norm.ts'
import type { Projected } from './resident-attention.ts'
import { attendResident, readResident } from './resident-attention.ts'

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
 * @param prompt keys and values [N, kvHeads, headDim] that every row attends to besides, in a softmax of its own; on the host only
 */
export function selfAttention(
  graph: GraphBuilder,
  project: ProjectHeads,
  layer: LayerBase,
  { cache, prompt }: { cache: KeyValue; prompt?: KeyValue },
  context: AttentionContext,
): Attended {
  const { resident } = context
  if (resident) return onDevice(graph, project, layer, cache, context, resident)
  const [q, result] = overCache(graph, project, layer, cache, context)
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
  const { writes } = context
  if (typeof writes === 'string') {
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
    writes.when,
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
  resident: ResidentContext,
): Attended {
  const normed = (rows: string, of: 'q' | 'k', heads: number): string =>
    headNormed(graph, rows, [[of, heads]], layer, context)
  const { heads, kvHeads, headDim } = context.shape
  if (context.writes === 'never') {
    const attended = readResident(graph, normed(project('q'), 'q', heads), past, resident, context)
    return { attended, own: past }
  }
  const packed = project('q', 'k', 'v')
  return attendResident(graph, layer.headNorms ? apart() : { packed }, past, resident, context)

  function apart(): Projected {
    const sizes = [heads, kvHeads, kvHeads].map((count) => count * headDim)
    const [q, key, value] = graph.multi('Split', [packed, graph.ints(sizes)], {
      outputs: 3,
      attributes: { axis: { int: -1 } },
    })
    return { q: normed(q!, 'q', heads), key: normed(key!, 'k', kvHeads), value: value! }
  }
}

/** Heads that lie side by side, with the norm that they have; null: none. */
type Parts = readonly [of: 'q' | 'k' | null, heads: number][]

/**
 * RMSNorm over every head of q and k, or over all heads of each together, as long as its weight is, where the layer has one.
 * rows: [S, heads · headDim]
 */
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
  const total = counts.reduce((sum, heads) => sum + heads, 0)
  const wide = headNorms.q.length > headDim
  const all = wide ? rows : graph.node('Reshape', [rows, graph.ints([-1, total, headDim])])
  const sizes = counts.map((heads) => (wide ? heads * headDim : heads))
  const apart =
    counts.length === 1
      ? [all]
      : graph.multi('Split', [all, graph.ints(sizes)], { outputs: counts.length, attributes: { axis: { int: 1 } } })
  const normed = apart.map((part, i) => {
    const [of] = present[i]!
    if (of === null) return part
    const weight = headNorms[of]
    return rmsNorm(graph, part, graph.floats(`${name}.${of}_norm`, [weight.length], weight), epsilon)
  })
  const joined = normed.length === 1 ? normed[0]! : graph.node('Concat', normed, { attributes: { axis: { int: 1 } } })
  return wide ? joined : graph.node('Reshape', [joined, graph.ints([-1, total * headDim])])
}
