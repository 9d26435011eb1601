import * as v from 'valibot'
import type { Criterion } from '../../graphs/convergence.ts'
import { comparesStates, CRITERIA } from '../../graphs/convergence.ts'
import { inconsistent, size, unsupported } from '../family.ts'
import { checkContext } from '../llama.ts'
import { readRope, ropeFields } from '../rope.ts'
import type { Rope } from '../../graphs/rope.ts'

const FiniteSchema = v.pipe(v.number(), v.finite())

/**
 * Three kinds of blocks go by one name in configurations: Huginn's own, and those of a Llama or an OLMo 2 that was made
 * recurrent (retrofitted recurrence, arXiv 2511.07384). Their tensors tell them apart.
 */
export type Layout = 'huginn' | 'llama' | 'olmo2'

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
  tie_embeddings: v.nullish(v.boolean()),
  qk_bias: v.optional(v.boolean(), true),
  bias: v.optional(v.boolean(), false),
  norm_class_name: v.optional(v.string(), 'RMSNorm_llama'),
  mlp_class_name: v.optional(v.string(), 'GatedMLP'),
  nonlin_name: v.optional(v.string(), 'SiLU'),
  block_class_name: v.optional(v.string(), 'SandwichBlock'),
  injection_type: v.optional(v.string(), 'linear'),
  state_init: v.optional(v.string(), 'like-init'),
  initial_state_mode: v.optional(v.string(), 'random'),
  test_time_noise: v.optional(v.number(), 0),
  head_dim: v.nullish(size(1, 65_536)),
  /** transformers' spelling of tie_embeddings, which counts where both are there. */
  tie_word_embeddings: v.nullish(v.boolean()),
  ...ropeFields,
  init_values: v.nullish(
    v.object({ std: v.nullish(v.pipe(FiniteSchema, v.minValue(0))), embed_scale: v.nullish(FiniteSchema) }),
  ),
  /** Most steps that a token takes; default: mean_recurrence. */
  num_steps: v.nullish(size(1, 256)),
  /** When a token stops; `none`: never before its last step; null: likewise, by the authors' plain generation. */
  criterion: v.nullish(v.picklist([...CRITERIA, 'none'])),
  exit_threshold: v.nullish(v.union([v.literal('auto'), FiniteSchema])),
  cache_lookup_strategy: v.nullish(v.pipe(v.string(), v.maxLength(40))),
  init_scale: v.optional(v.pipe(FiniteSchema, v.minValue(0)), 1),
  continuous_compute: v.optional(v.boolean(), false),
  /** Steps behind which nothing is checked; then it is behind every so many. */
  min_steps: v.optional(size(0, 256), 0),
  check_criterion_every_n_steps: v.optional(size(1, 256), 1),
  do_not_exit_in_prefill: v.optional(v.boolean(), false),
})
type Fields = v.InferOutput<typeof HuginnConfigSchema>

/** What a configuration comes to. */
export interface HuginnConfig extends Fields {
  layout: Layout
  heads: number
  kvHeads: number
  headDim: number
  rope: Rope
  tied: boolean
  /** What embeddings are multiplied by. */
  scale: number
  /** Of the values that a state begins with. */
  deviation: number
  vocabulary: number
  steps: number
  exit: Exit | null
  lookup: string
}

/** When tokens stop. */
export interface Exit {
  criterion: Criterion
  /** A token goes on while its score is at least this. */
  least: number
  /** Per step: whether its outcome is checked. */
  checked: boolean[]
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
  norm_class_name: 'RMSNorm_llama',
  mlp_class_name: 'GatedMLP',
  nonlin_name: 'SiLU',
  block_class_name: 'SandwichBlock',
  injection_type: 'linear',
  state_init: 'like-init',
  initial_state_mode: 'random',
  test_time_noise: 0,
  do_not_exit_in_prefill: false,
} as const

/** @throws DepthwiseError MODEL_UNSUPPORTED, MODEL_CONFIG, naming the field */
export function checkHuginn(config: Fields, layout: Layout): HuginnConfig {
  for (const [field, value] of Object.entries(ONLY)) {
    const own = config[field as keyof typeof ONLY]
    if (own !== value) throw unsupported(field, own)
  }
  const own = layout === 'huginn'
  if (own && config.rope_scaling != null) throw unsupported('rope_scaling', config.rope_scaling)
  if (!own && config.qk_bias) throw unsupported('qk_bias', true, 'is not supported with blocks of a dense model')
  const heads = checkHeads(config, layout)
  const { n_embd: width, tie_embeddings: tied, tie_word_embeddings: alsoTied } = config
  // models made of dense ones inherit the other flag from Huginn
  if (tied && alsoTied === false) throw inconsistent('tie_word_embeddings', 'it contradicts tie_embeddings')
  const vocabulary = config.padded_vocab_size ?? config.vocab_size
  if (vocabulary < config.vocab_size) throw inconsistent('padded_vocab_size', 'it is smaller than vocab_size')
  checkContext({ contextLength: config.block_size, headDim: heads.headDim }, 'block_size')
  const scale = config.init_values?.embed_scale ?? Math.sqrt(width)
  const std = config.init_values?.std ?? Math.sqrt(2 / (5 * width))
  const steps = config.num_steps ?? config.mean_recurrence
  const released = config.n_layers_in_prelude === 2 && config.n_layers_in_recurrent_block === 4
  return {
    ...config,
    ...heads,
    layout,
    rope: own ? { ropeTheta: config.rope_base } : readRope(config, config.rope_base),
    tied: tied ?? alsoTied ?? true,
    scale,
    deviation: std * scale * config.init_scale,
    vocabulary,
    steps,
    exit: exitOf(config, steps),
    lookup: config.cache_lookup_strategy ?? (released ? 'latest-m4' : 'latest'),
  }
}

function checkHeads(config: Fields, layout: Layout): Pick<HuginnConfig, 'heads' | 'kvHeads' | 'headDim'> {
  const { n_embd: width } = config
  const heads = config.n_heads ?? config.num_attention_heads
  if (heads === undefined) throw inconsistent('n_heads', 'it is missing')
  if ((config.num_attention_heads ?? heads) !== heads) {
    throw inconsistent('num_attention_heads', `${config.num_attention_heads} contradicts n_heads ${heads}`)
  }
  const headDim = config.head_dim ?? width / heads
  if (headDim % 2 !== 0) throw inconsistent('n_heads', `${heads} heads do not divide n_embd into pairs`)
  if (layout !== 'olmo2' && headDim !== width / heads) {
    throw inconsistent('head_dim', `${headDim} is not n_embd / n_heads`)
  }
  const kvHeads = config.num_key_value_heads ?? heads
  if (layout === 'huginn' && kvHeads !== heads) throw unsupported('num_key_value_heads', kvHeads)
  if (heads % kvHeads !== 0) {
    throw inconsistent('num_key_value_heads', `${heads} query heads cannot share ${kvHeads} K/V heads`)
  }
  return { heads, kvHeads, headDim }
}

/** By default a token stops by itself: a configuration that does not want it says so. */
function exitOf(config: Fields, steps: number): Exit | null {
  const { criterion = 'latent-diff', exit_threshold: given, min_steps: first } = config
  const { check_criterion_every_n_steps: every } = config
  if (criterion === null || criterion === 'none') return null
  const checked = Array.from({ length: steps }, (_, r) => r >= first && (r - first) % every === 0)
  if (!checked.slice(0, -1).includes(true)) return null
  if (!checked.at(-1) && !comparesStates(criterion)) {
    // its authors then speak from the state of the last step that was checked
    throw unsupported('check_criterion_every_n_steps', every, `leaves the last of ${steps} steps unchecked`)
  }
  const threshold = typeof given === 'number' ? given : THRESHOLDS[criterion]
  // scores of float32 are compared with a threshold of float32; of argmax-stability, counts with an integer
  const least = criterion === 'argmax-stability' ? 1 - Math.trunc(threshold) : Math.fround(threshold)
  return { criterion, least, checked }
}
