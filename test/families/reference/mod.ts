import type { Sizes, Tensor, Tensors, Tokens, Vector } from './llama.ts'
import { attention, causal, plus, rms, rowOf, silu, times } from './llama.ts'

/** A Mixture-of-Depths model, as its configuration says. */
export interface Mod {
  config: {
    mode_type: 'staged' | 'integrated'
    num_hidden_layers: number
    mod_layers: number[]
    mod_capacity: number
    num_local_experts: number
    num_experts_per_tok: number
    norm_topk_prob: boolean
    rms_norm_eps: number
    predictor_threshold: number
  }
  sizes: Sizes
  tensors: Tensors
}

export interface ModRun {
  logits: Vector[]
  /** [routed layers][tokens] */
  processed: boolean[][]
}

interface Chosen {
  expert: number
  weight: number
}

/** Runs a whole text. */
export function runMod(
  { config, sizes, tensors }: Mod,
  ids: readonly number[],
  rule: string,
  residual = false,
): ModRun {
  const epsilon = config.rms_norm_eps
  const run: ModRun = { logits: [], processed: [] }
  let state = ids.map((id) => rowOf(tensors['model.embed_tokens.weight']!, id))
  for (let i = 0; i < config.num_hidden_layers; i++) {
    const weight = (leaf: string): Tensor => tensors[`model.layers.${i}.${leaf}`]!
    const predictor = (x: Vector): number => {
      const bias = (leaf: string): Vector => [...weight(`mod_predictor.${leaf}.bias`).values]
      const first = plus(times(weight('mod_predictor.fc1.weight'), x), bias('fc1')).map(silu)
      return plus(times(weight('mod_predictor.fc2.weight'), first), bias('fc2'))[0]!
    }
    const least = Math.log(config.predictor_threshold / (1 - config.predictor_threshold))
    const attend = (x: Tokens<Vector>): Tokens<Vector> => {
      const normed = x.map((token) => token && rms(token, weight('input_layernorm.weight'), epsilon))
      return attention(normed, { sizes, weight: (leaf) => weight(`self_attn.${leaf}`), visible: causal }).out
    }
    const experts = (x: Vector, chosen: readonly Chosen[]): Vector =>
      chosen.reduce<Vector>(
        (sum, { expert, weight: share }) =>
          plus(
            sum,
            expertOf(x, weight, expert).map((value) => share * value),
          ),
        x.map(() => 0),
      )
    const routed = config.mod_layers.includes(i)
    const second = (x: Vector): Vector => rms(x, weight('post_attention_layernorm.weight'), epsilon)
    const gate = (x: Vector): Vector => times(weight('block_sparse_moe.gate.weight'), x)
    if (routed && config.mode_type === 'staged') {
      const r = state.map((x) => times(weight('mod_router.weight'), x)[0]!)
      const processed =
        rule === 'topk'
          ? largest(r, config.mod_capacity)
          : state.map((x, t) => (rule === 'predictor' ? predictor(x) > least : r[t]! > 0))
      const gave = attend(state.map((x, t) => (processed[t] ? x : null)))
      state = state.map((x, t) => {
        if (!processed[t]) return x
        const h = second(plus(x, gave[t]!))
        const f = plus(plus(gave[t]!, experts(h, route(gate(h), config))), residual ? x : x.map(() => 0))
        return x.map((value, d) => value + r[t]! * f[d]!)
      })
      run.processed.push(processed)
      continue
    }
    const gave = attend(state) as Vector[]
    const processed: boolean[] = []
    const attended = state.map((before, t) => plus(before, gave[t]!))
    const margins = attended.map((x) => {
      const logits = gate(second(x))
      return Math.max(...logits.slice(0, -1)) - logits.at(-1)!
    })
    const best = largest(margins, config.mod_capacity)
    state = attended.map((x, t) => {
      const h = second(x)
      let chosen: Chosen[]
      if (!routed) chosen = route(gate(h), config)
      else if (rule === 'token_choice') {
        chosen = route(gate(h), config).filter(({ expert }) => expert < config.num_local_experts)
      } else {
        const taken = rule === 'topk' ? best[t] : predictor(h) > least
        chosen = taken ? route(gate(h).slice(0, config.num_local_experts), config) : []
      }
      processed.push(chosen.length > 0)
      return plus(x, experts(h, chosen))
    })
    if (routed) run.processed.push(processed)
  }
  const head = tensors['lm_head.weight'] ?? tensors['model.embed_tokens.weight']!
  run.logits = state.map((x) => times(head, rms(x, tensors['model.norm.weight']!, epsilon)))
  return run
}

/** Of a whole text, whether a score is among the largest; of equal ones the first. */
function largest(scores: number[], capacity: number): boolean[] {
  const order = [...scores.keys()].sort((a, b) => scores[b]! - scores[a]!)
  const chosen = new Set(order.slice(0, Math.max(1, Math.floor(capacity * scores.length))))
  return scores.map((_, t) => chosen.has(t))
}

function expertOf(x: Vector, weight: (leaf: string) => Tensor, expert: number): Vector {
  const of = (leaf: string, from: Vector): Vector =>
    times(weight(`block_sparse_moe.experts.${expert}.${leaf}.weight`), from)
  const up = of('w3', x)
  return of(
    'w2',
    of('w1', x).map((value, i) => silu(value) * up[i]!),
  )
}

function route(logits: Vector, { num_experts_per_tok: k, norm_topk_prob: renormalise }: Mod['config']): Chosen[] {
  const exps = logits.map((logit) => Math.exp(logit - Math.max(...logits)))
  const total = exps.reduce((sum, value) => sum + value, 0)
  const order = [...logits.keys()].sort((a, b) => logits[b]! - logits[a]!).slice(0, k)
  const sum = order.reduce((all, e) => all + exps[e]! / total, 0)
  return order.map((expert) => ({ expert, weight: exps[expert]! / total / (renormalise ? sum : 1) }))
}
