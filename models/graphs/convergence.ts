import type { GraphBuilder } from './builder.ts'

/** By what a recurrent model notices that nothing moves any more (Huginn's authors' names). */
export const CRITERIA = ['latent-diff', 'cosine', 'kl', 'minp-kl', 'entropy-diff', 'argmax-stability'] as const
export type Criterion = (typeof CRITERIA)[number]

/** Those that compare states; the others compare what would be said, so they need logits at every step. */
export function comparesStates(criterion: Criterion): boolean {
  return criterion === 'latent-diff' || criterion === 'cosine'
}

/**
 * How far a step moved the state [S, D] → [S, 1]: |s − s′| / |s|, or 1 − cos(s, s′).
 * @param before the state s′ that the step began with
 */
export function stateChange(graph: GraphBuilder, criterion: Criterion, state: string, before: string): string {
  const length = (x: string): string => reduce(graph, 'ReduceL2', x)
  if (criterion === 'latent-diff') {
    return graph.node('Div', [length(graph.node('Sub', [state, before])), length(state)])
  }
  const product = reduce(graph, 'ReduceSum', graph.node('Mul', [state, before]))
  const cosine = graph.node('Div', [product, graph.node('Mul', [length(state), length(before)])])
  const distance = graph.node('Sub', [scalar(graph, 1), cosine])
  // no direction to compare with: as far as can be
  return graph.node('Where', [graph.node('IsNaN', [distance]), scalar(graph, 2), distance])
}

/** What an exit by logits remembers of the step before: its width for a vocabulary, and what it is before any step. */
export function memoryOf(criterion: Criterion, vocabulary: number): { width: number; initial: number } {
  switch (criterion) {
    case 'entropy-diff':
      return { width: 1, initial: 100 }
    case 'argmax-stability':
      // the argmax, and how often it stayed
      return { width: 2, initial: -1 }
    default:
      return { width: vocabulary, initial: -Math.log(vocabulary) }
  }
}

/**
 * How far a step moved the next token's distribution.
 * @param logits [S, V] @param memory [S, width] of the step before
 * @returns score [S, 1]: a token goes on while it is at least the threshold; memory for the next step
 */
export function outputChange(
  graph: GraphBuilder,
  criterion: Criterion,
  logits: string,
  memory: string,
  vocabulary: number,
): { score: string; memory: string } {
  switch (criterion) {
    case 'entropy-diff': {
      const p = softmax(graph, logits)
      const log = graph.node('Log', [graph.node('Add', [p, scalar(graph, 1e-10)])])
      const entropy = graph.node('Neg', [reduce(graph, 'ReduceSum', graph.node('Mul', [p, log]))])
      return { score: graph.node('Abs', [graph.node('Sub', [entropy, memory])]), memory: entropy }
    }
    case 'argmax-stability':
      return stability(graph, logits, memory)
    case 'minp-kl': {
      const p = softmax(graph, logits)
      const least = graph.node('Mul', [reduce(graph, 'ReduceMax', p), scalar(graph, 0.1)])
      const small = graph.node('Less', [p, least])
      const cut = graph.node('Where', [small, scalar(graph, 1 / vocabulary), p])
      const log = graph.node('Log', [graph.node('Div', [cut, reduce(graph, 'ReduceSum', cut)])])
      return { score: divergence(graph, memory, log), memory: log }
    }
    default: {
      const log = graph.node('LogSoftmax', [logits], { attributes: { axis: { int: 1 } } })
      return { score: divergence(graph, memory, log), memory: log }
    }
  }
}

/** Minus the number of steps for which the likeliest token stayed. */
function stability(graph: GraphBuilder, logits: string, memory: string): { score: string; memory: string } {
  const index = graph.node('ArgMax', [logits], { attributes: { axis: { int: 1 }, keepdims: { int: 1 } } })
  const argmax = graph.node('Cast', [index], { attributes: { to: { int: 1 } } })
  const [before, count] = graph.multi('Split', [memory, graph.ints([1, 1])], {
    outputs: 2,
    attributes: { axis: { int: 1 } },
  })
  const stayed = graph.node('Cast', [graph.node('Equal', [argmax, before!])], { attributes: { to: { int: 1 } } })
  const times = graph.node('Mul', [stayed, graph.node('Add', [count!, scalar(graph, 1)])])
  const next = graph.node('Concat', [argmax, times], { attributes: { axis: { int: 1 } } })
  return { score: graph.node('Neg', [times]), memory: next }
}

/** KL(before ‖ now) of logarithms [S, V]. */
function divergence(graph: GraphBuilder, before: string, now: string): string {
  const difference = graph.node('Sub', [before, now])
  return reduce(graph, 'ReduceSum', graph.node('Mul', [graph.node('Exp', [before]), difference]))
}

function softmax(graph: GraphBuilder, logits: string): string {
  return graph.node('Softmax', [logits], { attributes: { axis: { int: 1 } } })
}

function reduce(graph: GraphBuilder, operator: string, x: string): string {
  return graph.node(operator, [x, graph.ints([1])], { attributes: { keepdims: { int: 1 } } })
}

function scalar(graph: GraphBuilder, value: number): string {
  return graph.floats(`scalar.${value}`, [1], Float32Array.of(value))
}
