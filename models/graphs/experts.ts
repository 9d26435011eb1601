import { PORT } from '../plan/ports.ts'
import type { GraphBuilder } from './builder.ts'
import { swiglu } from './llama-layer.ts'
import type { Target } from './linear.ts'
import type { Matrix } from './matrix.ts'

/** One expert: a gated MLP of its own. */
export interface Expert {
  name: string
  matrices: Record<'gate' | 'up' | 'down', Matrix>
}

/**
 * Gate logits [S, n] → what each of n experts counts for a row [S, n]: softmax, 0 for all but the `top` largest, of equal
 * ones the first.
 * @param top all of them, where there are no more @param renormalise whether what is left sums to 1
 */
export function expertShares(
  graph: GraphBuilder,
  logits: string,
  { count, top, renormalise }: { count: number; top: number; renormalise: boolean },
): string {
  const all = graph.node('Softmax', [logits], { attributes: { axis: { int: 1 } } })
  const [largest, chosen] = graph.multi('TopK', [all, graph.ints([Math.min(top, count)])], {
    outputs: 2,
    attributes: { axis: { int: 1 } },
  })
  const sum = graph.node('ReduceSum', [largest!, graph.ints([1])], { attributes: { keepdims: { int: 1 } } })
  const kept = renormalise ? graph.node('Div', [largest!, sum]) : largest!
  const zeros = graph.node('Mul', [all, graph.floats('zero', [], new Float32Array(1))])
  return graph.node('ScatterElements', [zeros, chosen!, kept], { attributes: { axis: { int: 1 } } })
}

/** The columns `from` to `to` of x [S, n]. */
export function columns(graph: GraphBuilder, x: string, from: number, to: number): string {
  return graph.node('Slice', [x, graph.ints([from]), graph.ints([to]), graph.ints([1])])
}

/**
 * Adds what one expert gives to a row: inputs `state`, `normed` [S, D], `weight` [S, 1], which all of the layer counts
 * for, and `shares` [S, n]; output `next_state` = state + weight · shares[expert] · expert(normed).
 */
export function expertVisit(
  target: Target,
  expert: Expert,
  index: number,
  sizes: { hidden: number; experts: number },
): void {
  const { graph } = target
  const wide = ['S', sizes.hidden] as const
  const state = graph.input(PORT.state, 'float32', wide)
  const given = swiglu(target, expert.name, expert.matrices, graph.input('normed', 'float32', wide))
  const share = columns(graph, graph.input('shares', 'float32', ['S', sizes.experts]), index, index + 1)
  const factor = graph.node('Mul', [share, graph.input('weight', 'float32', ['S', 1])])
  graph.output(graph.node('Add', [state, graph.node('Mul', [given, factor])]), PORT.nextState, 'float32', wide)
}
