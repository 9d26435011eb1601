import type { GraphBuilder } from './builder.ts'
import { exactLinear } from './linear.ts'
import { rmsNorm } from './norm.ts'

/** The weights of N MLP routers, one after the other. */
export interface MlpRouters {
  count: number
  /** Width H of each one's hidden layer. */
  width: number
  /** [D, N · H], [N · H], [N, H], [N] */
  weight1: Float32Array
  bias1: Float32Array
  weight2: Float32Array
  bias2: Float32Array
}

/** state [S, D] → scores [S, N] of all routers: `fc2(gelu(fc1(rms(x))))` with the exact GELU, in float32. */
export function mlpRouters(
  graph: GraphBuilder,
  state: string,
  hiddenSize: number,
  epsilon: number,
  routers: MlpRouters,
): string {
  const { count, width } = routers
  const ones = graph.floats('router.ones', [hiddenSize], new Float32Array(hiddenSize).fill(1))
  const normed = rmsNorm(graph, state, ones, epsilon)
  const weight1 = graph.floats('router.weight1', [hiddenSize, count * width], routers.weight1)
  const bias1 = graph.floats('router.bias1', [count * width], routers.bias1)
  const hidden = graph.node('Gelu', [exactLinear(graph, normed, weight1, bias1)], { domain: 'com.microsoft' })
  const apart = graph.node('Reshape', [hidden, graph.ints([-1, count, width])])
  const weighted = graph.node('Mul', [apart, graph.floats('router.weight2', [count, width], routers.weight2)])
  const sums = graph.node('ReduceSum', [weighted, graph.ints([2])], { attributes: { keepdims: { int: 0 } } })
  return graph.node('Add', [sums, graph.floats('router.bias2', [count], routers.bias2)])
}
