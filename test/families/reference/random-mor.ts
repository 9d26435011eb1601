import type { Tensors } from './llama.ts'
import type { MorConfig } from './mor.ts'
import { randomTensors } from './random.ts'

/** What may differ from a small model of the authors' best settings. */
export interface Options {
  times?: number
  depth?: number
  sharing?: 'cycle' | 'middle_cycle'
  kv?: 'shared' | 'recursion_wise'
  heads?: number
  kvHeads?: number
  headDim?: number
  theta?: number
  tied?: boolean
  normsShared?: boolean
  router?: MorConfig['routing']['router']['type']
  temperature?: number
  score?: MorConfig['routing']['score']
  alpha?: number
  gate?: MorConfig['routing']['gate']
  capacities?: number[]
  auxiliary?: 'aux_loss' | 'aux_router'
  rule?: NonNullable<MorConfig['routing']['causal_rule']>
  balancing?: 'loss' | 'loss_free'
}

const [VOCABULARY, HIDDEN, INTERMEDIATE] = [31, 24, 20]

/** A model with random weights in the authors' names: of what recursions share, a copy for each. */
export function randomMor(
  family: MorConfig['model_type'],
  options: Options,
  seed: number,
): { config: MorConfig; tensors: Tensors } {
  const config = configOf(family, options)
  const shapes: Record<string, number[]> = {
    'model.embed_tokens.weight': [VOCABULARY, HIDDEN],
    'model.norm.weight': [HIDDEN],
    ...(options.tied === false && { 'lm_head.weight': [VOCABULARY, HIDDEN] }),
  }
  /** Copies by the tensor that they are copies of. */
  const copies: [copy: string, original: string][] = []
  const { num_recursions: times, block_depth: depth, sharing, norms_shared } = config.recursion
  const middle = sharing === 'middle_cycle'
  const expert = family === 'mor-expert'
  const moduleOf = (r: number): string => `model.layers.${middle ? r + 1 : r}`
  const blockOf = (r: number): string => (expert ? `${moduleOf(r)}.block` : `model.layers.1.block_list.${r}`)
  const outer = middle ? ['model.layers.0', `model.layers.${expert ? times + 1 : 2}`] : []
  for (const prefix of outer) Object.assign(shapes, layerShapes(config, prefix))
  for (let r = 0; r < times; r++) {
    for (let i = 0; i < depth; i++) {
      for (const [name, shape] of Object.entries(layerShapes(config, `${blockOf(r)}.${i}`))) {
        if (r === 0 || (!norms_shared && name.includes('norm'))) shapes[name] = shape
        else copies.push([name, name.replace(blockOf(r), blockOf(0))])
      }
    }
    if (!expert) continue
    routerShapes(config, `${moduleOf(r)}.mor_router.router`, 1, shapes)
    if (options.auxiliary === 'aux_router') routerShapes(config, `${moduleOf(r)}.mlp_router.router`, 1, shapes)
  }
  if (!expert) {
    routerShapes(config, 'model.layers.1.mor_router.router', times, shapes)
    if (options.balancing === 'loss_free') shapes['model.layers.1.router_bias'] = [times]
  }
  const tensors = randomTensors(seed, shapes)
  for (const [copy, original] of copies) tensors[copy] = tensors[original]!
  return { config, tensors }
}

function configOf(family: MorConfig['model_type'], options: Options): MorConfig {
  const { times = 3, depth = 2, heads = 4, kvHeads = 2, headDim = 6, score = 'sigmoid', alpha = 0.1 } = options
  return {
    model_type: family,
    architecture: {
      vocab_size: VOCABULARY,
      hidden_size: HIDDEN,
      intermediate_size: INTERMEDIATE,
      num_attention_heads: heads,
      num_key_value_heads: kvHeads,
      head_dim: headDim,
      rms_norm_eps: 1e-5,
      max_position_embeddings: 64,
      rope: { theta: options.theta ?? 10_000 },
      tie_word_embeddings: options.tied ?? true,
    },
    recursion: {
      num_recursions: times,
      sharing: options.sharing ?? 'middle_cycle',
      block_depth: depth,
      norms_shared: options.normsShared ?? true,
    },
    kv_cache: { mode: options.kv ?? 'recursion_wise' },
    routing: {
      router: { type: options.router ?? 'linear', temperature: options.temperature ?? 1 },
      score,
      alpha,
      gate: options.gate ?? 'weighted',
      ...(options.capacities && { capacities: options.capacities }),
      ...(options.auxiliary && { auxiliary: options.auxiliary }),
      ...(options.rule && { causal_rule: options.rule }),
      ...(options.balancing && { balancing: options.balancing }),
    },
  }
}

function layerShapes({ architecture: a }: MorConfig, prefix: string): Record<string, number[]> {
  const [q, kv] = [a.num_attention_heads * a.head_dim, a.num_key_value_heads * a.head_dim]
  const shapes: Record<string, number[]> = {
    'input_layernorm.weight': [HIDDEN],
    'post_attention_layernorm.weight': [HIDDEN],
    'self_attn.q_proj.weight': [q, HIDDEN],
    'self_attn.k_proj.weight': [kv, HIDDEN],
    'self_attn.v_proj.weight': [kv, HIDDEN],
    'self_attn.o_proj.weight': [HIDDEN, q],
    'mlp.gate_proj.weight': [INTERMEDIATE, HIDDEN],
    'mlp.up_proj.weight': [INTERMEDIATE, HIDDEN],
    'mlp.down_proj.weight': [HIDDEN, INTERMEDIATE],
  }
  return Object.fromEntries(Object.entries(shapes).map(([leaf, shape]) => [`${prefix}.${leaf}`, shape]))
}

function routerShapes({ routing }: MorConfig, prefix: string, outputs: number, into: Record<string, number[]>): void {
  if (routing.router.type === 'linear') into[`${prefix}.weight`] = [outputs, HIDDEN]
  else {
    into[`${prefix}.0.weight`] = [2 * HIDDEN, HIDDEN]
    into[`${prefix}.2.weight`] = [outputs, 2 * HIDDEN]
  }
}
