import type { GraphBuilder } from './builder.ts'
import { exactLinear } from './linear.ts'
import { rmsNorm } from './llama-layer.ts'

/** An MLP router's weights as inputs of the graph: one graph serves the routers of all recursions. */
export interface MlpRouterInputs {
  /** [D, H], [H], [H, 1], [1] */
  weight1: string
  bias1: string
  weight2: string
  bias2: string
}

/** state [S, D] → score [S]: `fc2(gelu(fc1(rms(x))))` with the exact GELU, in float32. */
export function mlpRouter(
  graph: GraphBuilder,
  state: string,
  hiddenSize: number,
  epsilon: number,
  inputs: MlpRouterInputs,
): string {
  const ones = graph.floats('router.ones', [hiddenSize], new Float32Array(hiddenSize).fill(1))
  const normed = rmsNorm(graph, state, ones, epsilon)
  const hidden = graph.node('Gelu', [exactLinear(graph, normed, inputs.weight1, inputs.bias1)], {
    domain: 'com.microsoft',
  })
  return graph.node('Squeeze', [exactLinear(graph, hidden, inputs.weight2, inputs.bias2), graph.ints([1])])
}
