import type { Target } from './linear.ts'
import { exactLinear } from './linear.ts'

const COLUMN = ['S', 1] as const

/** A linear map D → 1 whose sigmoid is the probability that a token leaves behind this step. */
export interface ExitGate {
  /** [D] and [1] */
  weight: Float32Array
  bias: Float32Array
}

/**
 * One more step of an exit distribution (Ouro, arXiv 2510.25741 §3), in float32 and in the reference's order of sums:
 * λ = σ(w · state + b), p = λ · survival, survival ← survival · (1 − λ). The score is minus the cumulated p, so that it
 * falls step by step and a token goes on while it is above −q. Declares the inputs `survival` and `score` [S, 1] and the
 * outputs `next_survival`, `next_score`.
 * @param state [S, D], as the gate sees it
 */
export function exitGate(target: Target, state: string, gate: ExitGate): void {
  const { graph } = target
  const { lambda, survival } = leaving(target, state, gate)
  const probability = graph.node('Mul', [lambda, survival])
  const score = graph.node('Sub', [graph.input('score', 'float32', COLUMN), probability])
  graph.output(score, 'next_score', 'float32', COLUMN)
  survivors(target, lambda, survival)
}

/**
 * The mean of all steps' states by the exit distribution. Declares the inputs `survival` [S, 1], `mixture` [S, D] and
 * `last` [1], 1 at the last step, which takes what is left, and 0 before; the outputs `next_survival`, `share` [S, 1], this
 * step's part, and `next_mixture`.
 */
export function mixtureGate(target: Target, state: string, gate: ExitGate): void {
  const { graph } = target
  const wide = ['S', gate.weight.length] as const
  const { lambda, survival } = leaving(target, state, gate)
  const certain = graph.node('Max', [lambda, graph.input('last', 'float32', [1])])
  const share = graph.node('Mul', [certain, survival])
  const part = graph.node('Mul', [state, share])
  const mixture = graph.node('Add', [graph.input('mixture', 'float32', wide), part])
  graph.output(share, 'share', 'float32', COLUMN)
  graph.output(mixture, 'next_mixture', 'float32', wide)
  survivors(target, lambda, survival)
}

/** λ of the rows, and the probability [S, 1] that they came so far. */
function leaving(target: Target, state: string, { weight, bias }: ExitGate): { lambda: string; survival: string } {
  const { graph } = target
  const column = graph.floats('exit.weight', [weight.length, 1], weight)
  const logit = exactLinear(graph, state, column, graph.floats('exit.bias', [1], bias))
  target.tap('gate', COLUMN, () => logit)
  const lambda = graph.node('Sigmoid', [logit])
  target.tap('lambda', COLUMN, () => lambda)
  return { lambda, survival: graph.input('survival', 'float32', COLUMN) }
}

function survivors({ graph }: Target, lambda: string, survival: string): void {
  const one = graph.floats('one', [1], Float32Array.of(1))
  const stays = graph.node('Sub', [one, lambda])
  graph.output(graph.node('Mul', [survival, stays]), 'next_survival', 'float32', COLUMN)
}
