import type { Row, Sizes, Tensors, Tokens, Vector } from './llama.ts'
import { attention, causal, mlp, plus, rms, rowOf, sigmoid, times } from './llama.ts'

export interface Ouro {
  sizes: Sizes
  layers: number
  steps: number
  epsilon: number
  tensors: Tensors
}

export interface OuroRun {
  /** [steps][tokens], behind the norm; null where a token has left. */
  states: Tokens<Vector>[]
  /** [tokens][steps run] */
  lambda: Vector[]
  pdf: Vector[]
  cdf: Vector[]
}

/**
 * Runs the steps. @param q a token leaves behind the first step whose cdf reaches it; null: none leaves
 * @param cache what later tokens see of one that has left: the K/V of its last step, or nothing
 */
export function runOuro(model: Ouro, ids: readonly number[], q: number | null, cache: 'latest' | 'own'): OuroRun {
  const { sizes, epsilon, tensors } = model
  const run: OuroRun = { states: [], lambda: ids.map(() => []), pdf: ids.map(() => []), cdf: ids.map(() => []) }
  const left: (Tokens<Row> | undefined)[] = []
  let state: Tokens<Vector> = ids.map((id) => rowOf(tensors['model.embed_tokens.weight']!, id))
  for (let k = 0; k < model.steps; k++) {
    for (let layer = 0; layer < model.layers; layer++) {
      const weight = (leaf: string) => tensors[`model.layers.${layer}.${leaf}`]!
      const norm = (x: Vector, leaf: string): Vector => rms(x, weight(`${leaf}.weight`), epsilon)
      const { out, rows } = attention(
        state.map((x) => x && norm(x, 'input_layernorm')),
        { sizes, weight: (leaf) => weight(`self_attn.${leaf}`), left: left[layer], visible: causal },
      )
      if (cache === 'latest') left[layer] = rows
      state = state.map((x, t) => x && plus(x, norm(out[t]!, 'input_layernorm_2')))
      state = state.map((x) => {
        if (!x) return null
        const given = mlp(norm(x, 'post_attention_layernorm'), (leaf) => weight(`mlp.${leaf}`))
        return plus(x, norm(given, 'post_attention_layernorm_2'))
      })
    }
    state = state.map((x) => x && rms(x, tensors['model.norm.weight']!, epsilon))
    run.states.push(state)
    state = state.map((x, t) => x && (leaves(model, run, x, t, k) >= (q ?? Infinity) ? null : x))
  }
  return run
}

/** Notes a token's exit probabilities. @returns its cdf */
function leaves({ tensors, steps }: Ouro, run: OuroRun, x: Vector, t: number, k: number): number {
  const [lambda] = times(tensors['model.early_exit_gate.weight']!, x).map((value) =>
    sigmoid(value + tensors['model.early_exit_gate.bias']!.values[0]!),
  )
  const remaining = run.lambda[t]!.reduce((product, before) => product * (1 - before), 1)
  run.lambda[t]!.push(lambda!)
  run.pdf[t]!.push(k === steps - 1 ? remaining : lambda! * remaining)
  run.cdf[t]!.push(run.pdf[t]!.reduce((sum, p) => sum + p, 0))
  return run.cdf[t]!.at(-1)!
}

/** Logits [tokens][V] of some states. */
export function ouroLogits({ tensors }: Ouro, states: readonly Vector[]): Vector[] {
  const head = tensors['lm_head.weight'] ?? tensors['model.embed_tokens.weight']!
  return states.map((state) => times(head, state))
}

/** The step, from 0, behind which each token leaves. */
export function exitSteps({ cdf }: OuroRun, q: number): number[] {
  return cdf.map((row) => {
    const first = row.findIndex((value) => value >= q)
    return first < 0 ? row.length - 1 : first
  })
}
