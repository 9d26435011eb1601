import type { GraphBuilder } from './builder.ts'

/** The residual stream between two layers: `state` plus a `delta` that the next norm adds, in one operator. */
export interface Stream {
  state: string
  delta: string | null
}

/** A norm's weight: [D] for all rows, or [S, D] with one of its own for every row, and [D] ones: a norm itself takes one for all. */
export type NormWeight = string | { perRow: string; ones: string }

/** RMSNorm of x over its last axis. */
export function rmsNorm(graph: GraphBuilder, x: string, weight: NormWeight, epsilon: number): string {
  const normed = (by: string): string =>
    graph.node('SimplifiedLayerNormalization', [x, by], {
      attributes: { epsilon, axis: { int: -1 }, stash_type: { int: 1 } },
    })
  if (typeof weight === 'string') return normed(weight)
  return graph.node('Mul', [normed(weight.ones), weight.perRow])
}

/** RMSNorm of the stream, or the stream as it is where there is no weight; gives the stream's sum too. */
export function norm(
  graph: GraphBuilder,
  stream: Stream,
  weight: NormWeight | null,
  epsilon: number,
): { state: string; normed: string } {
  if (weight === null) {
    const state = settled(graph, stream)
    return { state, normed: state }
  }
  if (stream.delta === null) return { state: stream.state, normed: rmsNorm(graph, stream.state, weight, epsilon) }
  const forAll = typeof weight === 'string' ? weight : weight.ones
  const [normed, , , state] = graph.multi('SkipSimplifiedLayerNormalization', [stream.state, stream.delta, forAll], {
    domain: 'com.microsoft',
    attributes: { epsilon },
    outputs: 4,
  })
  if (typeof weight === 'string') return { state: state!, normed: normed! }
  return { state: state!, normed: graph.node('Mul', [normed!, weight.perRow]) }
}

export function settled(graph: GraphBuilder, stream: Stream): string {
  return stream.delta === null ? stream.state : graph.node('Add', [stream.state, stream.delta])
}
