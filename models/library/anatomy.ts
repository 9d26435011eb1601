import * as v from 'valibot'
import type { Part } from '../graphs/matrix.ts'

/** Matrices of one shape. */
export interface Matrices {
  rows: number
  cols: number
  parts: readonly Part[]
  count: number
}

/** What a model consists of, from its configuration alone. */
export interface Anatomy {
  vocabSize: number
  hiddenSize: number
  contextLength: number
  /** Whether embeddings and head are one matrix. */
  tied: boolean
  /** Each once, however often it is run; without embeddings and head. */
  matrices: Matrices[]
  /** Parameters of everything else: norms, biases, gates. */
  others: number
  kvHeads: number
  headDim: number
  /** Layers' worth of K/V that a token leaves at budget 0 and at budget 100. */
  cachesAtLeast: number
  cachesAtMost: number
  /** Whether the slider does anything. */
  adjustable: boolean
  /** What the slider means, in a sentence. */
  slider: string
}

const SizeSchema = v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(10_000_000))
const CountSchema = v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.maxValue(100_000))

const LayerSchema = v.looseObject({
  vocab_size: SizeSchema,
  hidden_size: SizeSchema,
  intermediate_size: SizeSchema,
  num_attention_heads: SizeSchema,
  num_key_value_heads: v.nullish(SizeSchema),
  head_dim: v.nullish(SizeSchema),
  max_position_embeddings: SizeSchema,
  tie_word_embeddings: v.nullish(v.boolean()),
})
const StackSchema = v.looseObject({ ...LayerSchema.entries, num_hidden_layers: SizeSchema })

interface Sizes {
  hidden: number
  intermediate: number
  heads: number
  kvHeads: number
  headDim: number
}

type Layers = v.InferOutput<typeof LayerSchema>

const sizesOf = (config: Layers, headDim?: number): Sizes => ({
  hidden: config.hidden_size,
  intermediate: config.intermediate_size,
  heads: config.num_attention_heads,
  kvHeads: config.num_key_value_heads ?? config.num_attention_heads,
  headDim: config.head_dim ?? headDim ?? config.hidden_size / config.num_attention_heads,
})

/** The matrices of so many layers of a Llama; q, k and v lie in one. */
function layers(count: number, { hidden, intermediate, heads, kvHeads, headDim }: Sizes, gates = 0): Matrices[] {
  return [
    { rows: (heads * (1 + gates) + 2 * kvHeads) * headDim, cols: hidden, parts: ['q', 'k', 'v'], count },
    { rows: hidden, cols: heads * headDim, parts: ['o'], count },
    { rows: intermediate, cols: hidden, parts: ['gate'], count },
    { rows: intermediate, cols: hidden, parts: ['up'], count },
    { rows: hidden, cols: intermediate, parts: ['down'], count },
  ]
}

type Own = Pick<Anatomy, 'matrices' | 'others' | 'cachesAtLeast' | 'cachesAtMost' | 'adjustable' | 'slider'>

function of(config: Layers, sizes: Sizes, own: Own): Anatomy {
  return {
    vocabSize: config.vocab_size,
    hiddenSize: config.hidden_size,
    contextLength: config.max_position_embeddings,
    tied: config.tie_word_embeddings ?? false,
    kvHeads: sizes.kvHeads,
    headDim: sizes.headDim,
    ...own,
  }
}

function dense(headDim?: number, biases = false, headNorms = false): (config: unknown) => Anatomy {
  return (given) => {
    const config = v.parse(StackSchema, given)
    const count = config.num_hidden_layers
    const sizes = sizesOf(config, headDim)
    const own = 2 * sizes.hidden + (biases ? (sizes.heads + 2 * sizes.kvHeads) * sizes.headDim : 0)
    return of(config, sizes, {
      matrices: layers(count, sizes),
      others: count * (own + (headNorms ? 2 * sizes.headDim : 0)) + sizes.hidden,
      cachesAtLeast: count,
      cachesAtMost: count,
      adjustable: false,
      slider: `It runs each of its ${count} layers once for every token: there is nothing for the slider to leave out.`,
    })
  }
}

const OuroSchema = v.looseObject({ ...StackSchema.entries, total_ut_steps: v.optional(SizeSchema, 4) })

function ouro(given: unknown): Anatomy {
  const config = v.parse(OuroSchema, given)
  const { num_hidden_layers: count, total_ut_steps: steps } = config
  const sizes = sizesOf(config)
  return of(config, sizes, {
    matrices: layers(count, sizes),
    others: count * 4 * sizes.hidden + 2 * sizes.hidden + 1,
    cachesAtLeast: count,
    cachesAtMost: count * steps,
    adjustable: steps > 1,
    slider: `How many of its ${steps} loops a token runs: the model's own exit gate says which tokens leave earlier.`,
  })
}

const NanbeigeSchema = v.looseObject({ ...StackSchema.entries, num_loops: SizeSchema })

function nanbeige(given: unknown): Anatomy {
  const config = v.parse(NanbeigeSchema, given)
  const { num_hidden_layers: count, num_loops: loops } = config
  const sizes = sizesOf(config)
  return of(config, sizes, {
    matrices: layers(count, sizes),
    others: count * 2 * sizes.hidden + sizes.hidden,
    cachesAtLeast: count * loops,
    cachesAtMost: count * loops,
    adjustable: false,
    slider: `Every token runs all ${loops} loops: it was trained for that number, and the slider does nothing.`,
  })
}

const HuginnSchema = v.looseObject({
  n_embd: SizeSchema,
  n_heads: v.nullish(SizeSchema),
  num_attention_heads: v.nullish(SizeSchema),
  num_key_value_heads: v.nullish(SizeSchema),
  head_dim: v.nullish(SizeSchema),
  n_layers_in_prelude: SizeSchema,
  n_layers_in_recurrent_block: SizeSchema,
  n_layers_in_coda: SizeSchema,
  intermediate_size: SizeSchema,
  vocab_size: SizeSchema,
  padded_vocab_size: v.nullish(SizeSchema),
  block_size: SizeSchema,
  mean_recurrence: SizeSchema,
  num_steps: v.nullish(SizeSchema),
  tie_embeddings: v.nullish(v.boolean()),
})

function huginn(given: unknown): Anatomy {
  const config = v.parse(HuginnSchema, given)
  const { n_embd: hidden, n_layers_in_recurrent_block: core, mean_recurrence: mean } = config
  const ends = config.n_layers_in_prelude + config.n_layers_in_coda
  const heads = config.n_heads ?? config.num_attention_heads ?? 1
  const kvHeads = config.num_key_value_heads ?? heads
  const sizes = {
    hidden,
    intermediate: config.intermediate_size,
    heads,
    kvHeads,
    headDim: config.head_dim ?? hidden / heads,
  }
  const steps = config.num_steps ?? mean
  return {
    vocabSize: config.padded_vocab_size ?? config.vocab_size,
    hiddenSize: hidden,
    contextLength: config.block_size,
    tied: config.tie_embeddings ?? true,
    kvHeads,
    headDim: sizes.headDim,
    matrices: [...layers(ends + core, sizes), { rows: hidden, cols: 2 * hidden, parts: [], count: 1 }],
    others: (ends + core) * 4 * hidden + hidden,
    cachesAtLeast: ends + core,
    cachesAtMost: ends + core * steps,
    adjustable: steps > 1,
    slider: `How long a token may think: between one step and ${steps}; a token stops when its state has settled.`,
  }
}

const HrmSchema = v.looseObject({
  ...StackSchema.entries,
  num_layers_per_stack: v.nullish(SizeSchema),
  H_cycles: v.optional(SizeSchema, 2),
  L_cycles: v.optional(CountSchema, 3),
})

function hrmText(given: unknown): Anatomy {
  const config = v.parse(HrmSchema, given)
  const perStack = config.num_layers_per_stack ?? config.num_hidden_layers
  const passes = config.H_cycles * (config.L_cycles + 1)
  const sizes = sizesOf(config)
  return of(config, sizes, {
    matrices: layers(2 * perStack, sizes, 1),
    others: sizes.hidden,
    cachesAtLeast: passes * perStack,
    cachesAtMost: passes * perStack,
    adjustable: false,
    slider: `Every token runs all ${config.H_cycles} cycles of its two stacks, and the slider does nothing.`,
  })
}

const ElasticSchema = v.looseObject({
  ...LayerSchema.entries,
  sharing: v.string(),
  num_first_layers: SizeSchema,
  num_block_layers: SizeSchema,
  num_last_layers: SizeSchema,
  num_recursions: SizeSchema,
})

function elasticMor(given: unknown): Anatomy {
  const config = v.parse(ElasticSchema, given)
  const { num_block_layers: block, num_recursions: times } = config
  const ends = config.num_first_layers + config.num_last_layers
  const isShared = config.sharing !== 'none'
  const sizes = sizesOf(config)
  const stored = ends + (isShared ? block : block * times)
  return of(config, sizes, {
    matrices: layers(stored, sizes),
    others: (ends + block * times) * 2 * sizes.hidden + sizes.hidden,
    cachesAtLeast: ends + block,
    cachesAtMost: stored,
    adjustable: times > 1,
    slider: `How many of its recursions 2 to ${times} are run: a router lets the tokens through that gain most.`,
  })
}

/** By model_type. */
const ANATOMIES: ReadonlyMap<string, (config: unknown) => Anatomy> = new Map<string, (config: unknown) => Anatomy>([
  ['llama', dense()],
  ['mistral', dense()],
  ['smollm3', dense()],
  ['olmo2', dense()],
  ['qwen2', dense(undefined, true)],
  ['qwen3', dense(128, false, true)],
  ['ouro', ouro],
  ['nanbeige', nanbeige],
  ['huginn_raven', huginn],
  ['hrm_text', hrmText],
  ['elastic_mor', elasticMor],
])

/** What a configuration describes; null where it cannot be told. */
export function anatomyOf(modelType: string, config: unknown): Anatomy | null {
  try {
    return ANATOMIES.get(modelType)?.(config) ?? null
  } catch {
    return null
  }
}

/** Of everything that is stored, each once. */
export function parametersOf({ vocabSize, hiddenSize, tied, matrices, others }: Anatomy): number {
  const inside = matrices.reduce((sum, { rows, cols, count }) => sum + rows * cols * count, 0)
  return inside + others + vocabSize * hiddenSize * (tied ? 1 : 2)
}
