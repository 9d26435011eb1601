import { DepthwiseError } from '../common/errors.ts'
import type { LlamaShape } from '../families/llama.ts'
import { layerSizes, NORM_NAMES } from '../families/llama.ts'
import { PART_NAMES, PARTS, partSize } from '../families/llama-parts.ts'
import type { RecursiveConfig } from '../families/recursive/config.ts'
import { unroll } from '../families/recursive/config.ts'
import type { Part } from '../graphs/matrix.ts'
import type { DenseModel } from './dense-model.ts'
import type { TensorShape } from './safetensors-writer.ts'

export const SHARINGS = ['cycle', 'middle_cycle', 'sequence', 'middle_sequence'] as const
export type Sharing = (typeof SHARINGS)[number]

const SUFFIXES = {
  base_suffix: 'base_layer.weight',
  a_suffix: 'lora_A.default.weight',
  b_suffix: 'lora_B.default.weight',
} as const

/** What a dense model becomes: where its layers lie, what is shared and under which names it is stored. */
export class RecursiveForm {
  readonly config: RecursiveConfig
  /** Per shared layer the places at which it is run. */
  readonly tied: readonly (readonly number[])[]
  /** The first and the last layer, where they are not shared. */
  readonly alone: readonly number[]
  private readonly shape: LlamaShape
  private readonly rank: number
  private readonly hasHead: boolean

  /** @param rank of the adapters; 0: none @throws DepthwiseError BAD_ARGUMENT where layers or rank do not fit */
  constructor(dense: DenseModel, recursions: number, sharing: Sharing, rank: number) {
    this.shape = dense.shape
    this.rank = rank
    this.hasHead = dense.head !== null
    const count = dense.layers.length
    checkRank(dense.shape, rank)
    this.config = {
      architecture: architecture(dense),
      recursion: {
        num_recursions: recursions,
        sharing,
        block_depth: blockDepth(count, recursions, sharing),
        unrolled_layers: count,
        first_layer_unique: sharing.startsWith('middle'),
        last_layer_unique: sharing.startsWith('middle'),
        norms_shared: false,
        attention_shared: true,
      },
      kv_cache: { mode: 'per_unrolled_layer' },
      routing: null,
      relaxation: null,
      weights: {
        unrolled_layer_prefixes: Array.from({ length: count }, (_, i) => prefixOf(i)),
        every_depth_stored: false,
      },
    }
    const { first, last, runs } = unroll(this.config)
    this.alone = [first, last].filter((layer) => layer !== null)
    this.tied = runs.flat()
    if (rank > 0) this.config.relaxation = { method: 'lora', ...SUFFIXES, modules: this.modules() }
  }

  get family(): 'recursive' | 'relaxed-recursive' {
    return this.rank > 0 ? 'relaxed-recursive' : 'recursive'
  }

  /** Rank of the adapters of a matrix: as asked, but no more than it has. */
  rankOf(part: Part): number {
    return Math.min(this.rank, ...partSize(layerSizes(this.shape), part))
  }

  /** Name of a matrix of a layer that is not shared, or is for the first time. */
  matrixName(place: number, part: Part): string {
    return `${moduleOf(place, part)}.${this.isAdapted(place) ? SUFFIXES.base_suffix : 'weight'}`
  }

  adapterNames(place: number, part: Part): { a: string; b: string } {
    const at = moduleOf(place, part)
    return { a: `${at}.${SUFFIXES.a_suffix}`, b: `${at}.${SUFFIXES.b_suffix}` }
  }

  /** Every tensor of the model, in the order of the file. */
  tensors(): TensorShape[] {
    const { vocabSize, hiddenSize } = this.shape
    const ends = ['model.embed_tokens.weight', ...(this.hasHead ? ['lm_head.weight'] : [])]
    const norms = this.config.weights.unrolled_layer_prefixes.flatMap((prefix) =>
      Object.values(NORM_NAMES).map((leaf) => `${prefix}.${leaf}`),
    )
    return [
      ...ends.map((name) => ({ name, shape: [vocabSize, hiddenSize] })),
      ...['model.norm.weight', ...norms].map((name) => ({ name, shape: [hiddenSize] })),
      ...[...this.alone.map((place) => [place]), ...this.tied].flatMap((places) =>
        PARTS.flatMap((part) => this.layerTensors(places, part)),
      ),
    ]
  }

  private layerTensors(places: readonly number[], part: Part): TensorShape[] {
    const [rows, cols] = partSize(layerSizes(this.shape), part)
    const own = { name: this.matrixName(places[0]!, part), shape: [rows, cols] }
    if (!this.isAdapted(places[0]!)) return [own]
    const rank = this.rankOf(part)
    const adapters = places.flatMap((place) => {
      const { a, b } = this.adapterNames(place, part)
      return [
        { name: a, shape: [rank, cols] },
        { name: b, shape: [rows, rank] },
      ]
    })
    return [own, ...adapters]
  }

  private isAdapted(place: number): boolean {
    return this.rank > 0 && !this.alone.includes(place)
  }

  private modules(): Record<string, { rank: number; scaling: number }> {
    const all = this.tied.flat().flatMap((place) => PARTS.map((part) => [place, part] as const))
    return Object.fromEntries(
      all.map(([place, part]) => [moduleOf(place, part), { rank: this.rankOf(part), scaling: 1 }]),
    )
  }
}

export function prefixOf(layer: number): string {
  return `model.layers.${layer}`
}

export function moduleOf(layer: number, part: Part): string {
  return `${prefixOf(layer)}.${PART_NAMES[part]}`
}

function architecture({ shape, head }: DenseModel): RecursiveConfig['architecture'] {
  const { ropeScaling: scaling } = shape
  return {
    vocab_size: shape.vocabSize,
    hidden_size: shape.hiddenSize,
    intermediate_size: shape.intermediateSize,
    num_attention_heads: shape.heads,
    num_key_value_heads: shape.kvHeads,
    head_dim: shape.headDim,
    hidden_act: 'silu',
    rms_norm_eps: shape.epsilon,
    rope: {
      type: scaling ? 'llama3' : 'default',
      theta: shape.ropeTheta,
      style: 'rotate_half',
      ...(scaling && {
        scaling: {
          factor: scaling.factor,
          low_freq_factor: scaling.lowFreqFactor,
          high_freq_factor: scaling.highFreqFactor,
          original_max_position_embeddings: scaling.originalContext,
        },
      }),
    },
    max_position_embeddings: shape.contextLength,
    tie_word_embeddings: head === null,
    attention_bias: false,
    mlp_bias: false,
    eos_token_id: null,
  }
}

function blockDepth(layers: number, recursions: number, sharing: Sharing): number {
  const isMiddle = sharing.startsWith('middle')
  const shared = layers - (isMiddle ? 2 : 0)
  if (shared > 0 && shared % recursions === 0) return shared / recursions
  const what = isMiddle ? `the ${Math.max(shared, 0)} layers between its first and its last` : `its ${layers} layers`
  const fitting = Array.from({ length: 63 }, (_, i) => i + 2).filter((n) => shared > 0 && shared % n === 0)
  const hint = fitting.length === 0 ? 'no number of recursions does' : `these do: ${fitting.join(', ')}`
  throw new DepthwiseError('BAD_ARGUMENT', `${recursions} recursions do not divide ${what} (${sharing}); ${hint}.`, {
    detail: '--recursions',
  })
}

function checkRank(shape: LlamaShape, rank: number): void {
  const full = Math.max(...PARTS.map((part) => Math.min(...partSize(layerSizes(shape), part))))
  if (rank <= full) return
  throw new DepthwiseError('BAD_ARGUMENT', `--lora-rank ${rank} is beyond the full rank of every matrix, ${full}.`, {
    detail: '--lora-rank',
  })
}
