import type { Row, Sizes, Tensors, Tokens, Vector } from './llama.ts'
import { attention, causal, mlp, plus, rms, rowOf, sigmoid, times } from './llama.ts'

/** A Mixture-of-Recursions as its config.json describes one; every field is there. */
export interface MorConfig {
  model_type: 'mor-expert' | 'mor-token'
  architecture: Record<
    | 'vocab_size'
    | 'hidden_size'
    | 'intermediate_size'
    | 'num_attention_heads'
    | 'num_key_value_heads'
    | 'head_dim'
    | 'rms_norm_eps'
    | 'max_position_embeddings',
    number
  > & { rope: { theta: number }; tie_word_embeddings: boolean }
  recursion: { num_recursions: number; sharing: 'cycle' | 'middle_cycle'; block_depth: number; norms_shared: boolean }
  kv_cache: { mode: 'shared' | 'recursion_wise' }
  routing: {
    router: { type: 'linear' | 'mlp' | 'wide_mlp'; temperature: number }
    score: 'sigmoid' | 'tanh' | 'softmax' | null
    alpha: number
    gate: 'weighted' | 'additive'
    capacities?: number[]
    auxiliary?: 'aux_loss' | 'aux_router'
    causal_rule?: { threshold_sigmoid?: number; threshold_applied?: boolean[] }
    balancing?: 'loss' | 'loss_free'
  }
}

export interface MorRun {
  logits: Vector[]
  depths: number[]
  /** Rows in the cache of each layer, in the order in which they are run. */
  kvRows: number[]
}

/** Runs a text at once, by the causal rule; prefixes as the authors' code names them. */
export function runMor(config: MorConfig, tensors: Tensors, ids: readonly number[]): MorRun {
  return new MorReference(config, tensors).run(ids)
}

class MorReference {
  private readonly config: MorConfig
  private readonly tensors: Tensors
  private readonly middle: boolean
  private readonly kvRows: number[] = []
  /** Of the layers of recursion 1. */
  private readonly first: Tokens<Row>[] = []

  constructor(config: MorConfig, tensors: Tensors) {
    this.config = config
    this.tensors = tensors
    this.middle = config.recursion.sharing === 'middle_cycle'
  }

  run(ids: readonly number[]): MorRun {
    const { config, tensors, middle } = this
    const expert = config.model_type === 'mor-expert'
    const around = (x: Vector[], prefix: string): Vector[] =>
      middle ? (this.layer(x, prefix, null).out as Vector[]) : x
    const entered = around(
      ids.map((id) => rowOf(tensors['model.embed_tokens.weight']!, id)),
      'model.layers.0',
    )
    const { state, depths } = expert ? this.expert(entered) : this.token(entered)
    const last = expert ? config.recursion.num_recursions + 1 : 2
    const head = tensors[config.architecture.tie_word_embeddings ? 'model.embed_tokens.weight' : 'lm_head.weight']!
    const logits = around(state, `model.layers.${last}`).map((x) =>
      times(head, rms(x, tensors['model.norm.weight']!, config.architecture.rms_norm_eps)),
    )
    return { logits, depths, kvRows: this.kvRows }
  }

  private expert(entered: Vector[]): { state: Vector[]; depths: number[] } {
    const { routing, recursion, kv_cache } = this.config
    const state = [...entered]
    const depths = state.map(() => 0)
    const { threshold_sigmoid: share = 0.5, threshold_applied } = routing.causal_rule ?? {}
    for (let r = 0; r < recursion.num_recursions; r++) {
      const module = `model.layers.${this.middle ? r + 1 : r}`
      const capacity = routing.capacities?.[r] ?? (recursion.num_recursions - r) / recursion.num_recursions
      const gated = threshold_applied?.[r] ?? capacity < 1
      const logits = state.map((x) => this.router(`${module}.mor_router.router`, x, routing.router.temperature)[0]!)
      const decisions =
        routing.auxiliary === 'aux_router'
          ? state.map((x) => this.router(`${module}.mlp_router.router`, x, 1)[0]!)
          : logits
      const admitted = decisions.map((d, t) => depths[t] === r && (!gated || sigmoid(d) >= share))
      const all = kv_cache.mode === 'shared' && r === 0
      const out = this.block(
        r,
        `${module}.block`,
        state.map((x, t) => (all || admitted[t] ? x : null)),
      )
      admitted.forEach((yes, t) => {
        if (!yes) return
        const [logit, own] = [logits[t]!, out[t]!]
        const score = routing.score === 'sigmoid' ? sigmoid(logit) : routing.score === 'tanh' ? Math.tanh(logit) : logit
        const weight = routing.gate === 'additive' ? 1 : routing.score === null ? score : routing.alpha * score
        state[t] = plus(
          state[t]!,
          own.map((value) => weight * value),
        )
        depths[t]!++
      })
    }
    return { state, depths }
  }

  private token(entered: Vector[]): { state: Vector[]; depths: number[] } {
    const { routing, recursion } = this.config
    const bias = this.tensors['model.layers.1.router_bias']?.values
    const chances = entered.map((x) => {
      const logits = this.router('model.layers.1.mor_router.router', x, routing.router.temperature)
      const total = logits.reduce((sum, logit) => sum + Math.exp(logit), 0)
      return logits.map((z) => routing.alpha * (routing.score === 'sigmoid' ? sigmoid(z) : Math.exp(z) / total))
    })
    const depths = chances.map((chance) => {
      const choices = chance.map((p, i) => p + (routing.balancing === 'loss_free' ? bias![i]! : 0))
      return 1 + choices.indexOf(Math.max(...choices))
    })
    let current: Tokens<Vector> = entered
    const state = [...entered]
    for (let r = 0; r < recursion.num_recursions; r++) {
      const going = current.map((x, t) => (depths[t]! > r ? x : null))
      current = this.block(r, `model.layers.1.block_list.${r}`, going)
      current.forEach((out, t) => {
        if (!out || depths[t] !== r + 1) return
        const weight = routing.gate === 'additive' ? 1 : chances[t]![r]!
        state[t] = plus(
          state[t]!,
          out.map((value) => weight * value),
        )
      })
    }
    return { state, depths }
  }

  private block(r: number, prefix: string, x: Tokens<Vector>): Tokens<Vector> {
    const shared = this.config.kv_cache.mode === 'shared'
    let state = x
    for (let i = 0; i < this.config.recursion.block_depth; i++) {
      const { out, rows } = this.layer(state, `${prefix}.${i}`, shared && r > 0 ? this.first[i]! : null)
      if (r === 0) this.first[i] = rows
      state = out
    }
    return state
  }

  /** @param read the K/V that are read in place of the layer's own */
  private layer(
    x: Tokens<Vector>,
    prefix: string,
    read: Tokens<Row> | null,
  ): { out: Tokens<Vector>; rows: Tokens<Row> } {
    const { architecture: a } = this.config
    const weight = (leaf: string) => this.tensors[`${prefix}.${leaf}`]!
    const norm = (state: Vector, leaf: string): Vector => rms(state, weight(`${leaf}.weight`), a.rms_norm_eps)
    const sizes: Sizes = {
      heads: a.num_attention_heads,
      kvHeads: a.num_key_value_heads,
      headDim: a.head_dim,
      theta: a.rope.theta,
    }
    const { out, rows } = attention(
      x.map((state) => state && norm(state, 'input_layernorm')),
      { sizes, weight: (leaf) => weight(`self_attn.${leaf}`), visible: causal, read: read ?? undefined },
    )
    if (!read) this.kvRows.push(rows.filter(Boolean).length)
    const after = x.map((state, t) => {
      if (!state) return null
      const middle = plus(state, out[t]!)
      return plus(
        middle,
        mlp(norm(middle, 'post_attention_layernorm'), (leaf) => weight(`mlp.${leaf}`)),
      )
    })
    return { out: after, rows }
  }

  private router(prefix: string, x: Vector, temperature: number): Vector {
    const input = x.map((value) => value / temperature)
    const only = this.tensors[`${prefix}.weight`]
    if (only) return times(only, input)
    const hidden = times(this.tensors[`${prefix}.0.weight`]!, input).map((u) => 0.5 * u * (1 + erf(u / Math.SQRT2)))
    return times(this.tensors[`${prefix}.2.weight`]!, hidden)
  }
}

/** By its Maclaurin series, which is exact to 1e-12 for |x| below 4. */
function erf(x: number): number {
  if (Math.abs(x) >= 4) return Math.sign(x)
  let [term, sum] = [x, x]
  for (let n = 1; n < 120; n++) {
    term *= -(x * x) / n
    sum += term / (2 * n + 1)
  }
  return (2 / Math.sqrt(Math.PI)) * sum
}
