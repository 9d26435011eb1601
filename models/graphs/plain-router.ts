import type { GraphBuilder } from './builder.ts'
import { exactLinear } from './linear.ts'

/** The routers of Mixture-of-Recursions as published: one matrix, or two with a GELU between; no biases, no norm. */
export type RouterType = 'linear' | 'mlp'

/** Rows and columns of a router's matrices, in their order. */
export function routerSizes(type: RouterType, hidden: number, outputs: number): [rows: number, cols: number][] {
  return type === 'linear'
    ? [[outputs, hidden]]
    : [
        [2 * hidden, hidden],
        [outputs, 2 * hidden],
      ]
}

/** x [S, D] → logits [S, outputs] with the exact GELU, in float32. @param weights matrices, transposed; values of the graph */
export function plainRouter(graph: GraphBuilder, x: string, weights: readonly string[]): string {
  return weights.reduce((from, weight, i) => {
    const input = i === 0 ? from : graph.node('Gelu', [from], { domain: 'com.microsoft' })
    return exactLinear(graph, input, weight)
  }, x)
}

/** What is made of a logit before it counts: a share of one, or nothing. */
export type Score = 'sigmoid' | 'tanh' | 'softmax' | null

/** Logits [S, n] → scores [S, n]; softmax over the n. */
export function scored(graph: GraphBuilder, logits: string, score: Score): string {
  switch (score) {
    case null:
      return logits
    case 'sigmoid':
      return graph.node('Sigmoid', [logits])
    case 'tanh':
      return graph.node('Tanh', [logits])
    case 'softmax':
      return graph.node('Softmax', [logits], { attributes: { axis: { int: 1 } } })
  }
}

/** x · factor. */
export function scaled(graph: GraphBuilder, x: string, factor: number): string {
  return factor === 1 ? x : graph.node('Mul', [x, graph.floats(`factor.${factor}`, [], Float32Array.of(factor))])
}
