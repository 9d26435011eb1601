import * as v from 'valibot'
import type { Criterion } from '../../graphs/convergence.ts'
import { CRITERIA } from '../../graphs/convergence.ts'
import { inconsistent, size, unsupported } from '../family.ts'

const FiniteSchema = v.pipe(v.number(), v.finite())

/** Huginn-0125 and its kin, as published; and arguments of the authors' generation functions. */
export const HuginnConfigSchema = v.object({
  n_embd: size(2, 65_536),
  n_heads: v.optional(size(1, 1024)),
  num_attention_heads: v.optional(size(1, 1024)),
  num_key_value_heads: v.nullish(size(1, 1024)),
  n_layers_in_prelude: size(1, 64),
  n_layers_in_recurrent_block: size(1, 64),
  n_layers_in_coda: size(1, 64),
  intermediate_size: size(1, 262_144),
  vocab_size: size(1, 2_000_000),
  padded_vocab_size: v.optional(size(1, 2_000_000)),
  block_size: size(1, 1_048_576),
  norm_eps: v.pipe(FiniteSchema, v.minValue(0), v.maxValue(1)),
  rope_base: v.pipe(FiniteSchema, v.gtValue(0)),
  mean_recurrence: size(1, 256),
  tie_embeddings: v.optional(v.boolean(), true),
  qk_bias: v.optional(v.boolean(), true),
  bias: v.optional(v.boolean(), false),
  norm_class_name: v.optional(v.string(), 'RMSNorm_llama'),
  mlp_class_name: v.optional(v.string(), 'GatedMLP'),
  nonlin_name: v.optional(v.string(), 'SiLU'),
  block_class_name: v.optional(v.string(), 'SandwichBlock'),
  injection_type: v.optional(v.string(), 'linear'),
  state_init: v.optional(v.string(), 'like-init'),
  test_time_noise: v.optional(v.number(), 0),
  init_values: v.optional(v.object({ embed_scale: v.optional(FiniteSchema) })),
  /** Most steps that a token takes; default: mean_recurrence. */
  num_steps: v.nullish(size(1, 256)),
  /** When a token stops; null: never before its last step. */
  criterion: v.nullish(v.picklist(CRITERIA)),
  exit_threshold: v.nullish(v.union([v.literal('auto'), FiniteSchema])),
  cache_lookup_strategy: v.nullish(v.pipe(v.string(), v.maxLength(40))),
  init_scale: v.optional(v.pipe(FiniteSchema, v.minValue(0)), 1),
  continuous_compute: v.optional(v.boolean(), false),
  min_steps: v.optional(v.number(), 0),
  check_criterion_every_n_steps: v.optional(v.number(), 1),
})
type Fields = v.InferOutput<typeof HuginnConfigSchema>

/** What a configuration comes to. */
export interface HuginnConfig extends Fields {
  heads: number
  steps: number
  exit: { criterion: Criterion; threshold: number } | null
  lookup: string
}

/** The authors' own, where the threshold is "auto". */
const THRESHOLDS: Readonly<Record<Criterion, number>> = {
  'latent-diff': 0.03,
  cosine: 1e-3,
  kl: 1e-3,
  'minp-kl': 1e-5,
  'entropy-diff': 1e-3,
  'argmax-stability': 5,
}

const ONLY = {
  bias: false,
  norm_class_name: 'RMSNorm_llama',
  mlp_class_name: 'GatedMLP',
  nonlin_name: 'SiLU',
  block_class_name: 'SandwichBlock',
  injection_type: 'linear',
  state_init: 'like-init',
  test_time_noise: 0,
  min_steps: 0,
  check_criterion_every_n_steps: 1,
} as const

/** @throws DepthwiseError MODEL_UNSUPPORTED, MODEL_CONFIG, naming the field */
export function checkHuginn(config: Fields): HuginnConfig {
  for (const [field, value] of Object.entries(ONLY)) {
    const own = config[field as keyof typeof ONLY]
    if (own !== value) throw unsupported(field, own)
  }
  const heads = config.n_heads ?? config.num_attention_heads
  if (heads === undefined) throw inconsistent('n_heads', 'it is missing')
  if (config.n_embd % (2 * heads) !== 0) throw inconsistent('n_heads', `${heads} heads do not divide n_embd into pairs`)
  if ((config.num_key_value_heads ?? heads) !== heads) {
    throw unsupported('num_key_value_heads', config.num_key_value_heads)
  }
  if ((config.padded_vocab_size ?? config.vocab_size) !== config.vocab_size) {
    throw unsupported('padded_vocab_size', config.padded_vocab_size)
  }
  const steps = config.num_steps ?? config.mean_recurrence
  const released = config.n_layers_in_prelude === 2 && config.n_layers_in_recurrent_block === 4
  const lookup = config.cache_lookup_strategy ?? (released ? 'latest-m4' : 'full')
  return { ...config, heads, steps, exit: steps > 1 ? exitOf(config) : null, lookup }
}

/** By default a token stops by itself: whoever does not want it says null. */
function exitOf({ criterion = 'latent-diff', exit_threshold: threshold }: Fields): HuginnConfig['exit'] {
  if (criterion === null) return null
  return { criterion, threshold: typeof threshold === 'number' ? threshold : THRESHOLDS[criterion] }
}
