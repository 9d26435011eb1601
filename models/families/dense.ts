import * as v from 'valibot'
import type { LayerMatrices } from '../graphs/llama-layer.ts'
import type { Target } from '../graphs/linear.ts'
import type { StageLayer } from '../graphs/stage.ts'
import { buildStage } from '../graphs/stage.ts'
import { ownCache, visit } from '../plan/visit.ts'
import type { ModelWriter } from './build.ts'
import type { Compiled } from './compiled.ts'
import { compiled } from './compiled.ts'
import { compileExits } from './early-exits.ts'
import type { Family } from './family.ts'
import { defineFamily, inconsistent, size, unsupported } from './family.ts'
import type { LlamaShape, OwnNorms } from './llama.ts'
import { checkShape, ownLayer, layerSizes, readEnds, readNorms } from './llama.ts'
import { readRope, ropeFields } from './rope.ts'
import type { TensorReader } from './tensors.ts'

/** What configurations of Llama and its kin have in common. */
export const denseFields = {
  vocab_size: size(1, 2_000_000),
  hidden_size: size(1, 65_536),
  intermediate_size: size(1, 262_144),
  num_hidden_layers: size(1, 1024),
  num_attention_heads: size(1, 1024),
  num_key_value_heads: v.nullish(size(1, 1024)),
  head_dim: v.nullish(size(2, 1024)),
  hidden_act: v.nullish(v.string()),
  rms_norm_eps: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(1)), 1e-6),
  max_position_embeddings: size(1, 1_048_576),
  tie_word_embeddings: v.nullish(v.boolean()),
  attention_bias: v.nullish(v.boolean()),
  mlp_bias: v.nullish(v.boolean()),
  sliding_window: v.nullish(v.number()),
  use_sliding_window: v.nullish(v.boolean()),
  layer_types: v.nullish(v.array(v.string())),
  ...ropeFields,
}
const ConfigSchema = v.object({
  ...denseFields,
  /** Per layer: 0 where heads are not turned by RoPE. */
  no_rope_layers: v.nullish(v.array(v.picklist([0, 1]))),
  /** Where there is no such list: every so many layers one that is not turned; 0: none. */
  no_rope_layer_interval: v.nullish(size(0, 1024)),
  /** Ours: numbers of layers behind which a token may leave. */
  early_exits: v.nullish(v.pipe(v.array(size(1, 1024)), v.maxLength(64))),
})
export type DenseConfig = v.InferOutput<v.ObjectSchema<typeof denseFields, undefined>>
type Config = v.InferOutput<typeof ConfigSchema>

/** What one dense architecture has that Llama has not. */
interface Traits {
  modelType: string
  /** Biases on q, k and v. */
  biases?: boolean
  /** RMSNorm over every head of q and k, or over all heads of each together. */
  headNorms?: 'each' | 'all'
  /** The norms of a layer stand behind attention and the MLP, and none before. */
  normsBehind?: boolean
  /** `head_dim` where a configuration is silent; else hidden size / heads. */
  headDim?: number
  /** `rope_theta` where a configuration is silent; else 10,000. */
  theta?: number
  /** `sliding_window` where a configuration is silent; null in it says that there is none. */
  window?: number
  /** A window counts only where `use_sliding_window` says so. */
  windowByFlag?: boolean
  /** `no_rope_layer_interval` where a configuration is silent; else every layer is turned. */
  unturnedEvery?: number
}

/** Llama 2 and 3, SmolLM2, TinyLlama and others that publish as Llama. */
export const llama = dense({ modelType: 'llama' })
/** As far as it has no sliding window. */
export const mistral = dense({ modelType: 'mistral', window: 4096 })
export const olmo2 = dense({ modelType: 'olmo2', headNorms: 'all', normsBehind: true })
/** Qwen 2 and 2.5. */
export const qwen2 = dense({ modelType: 'qwen2', biases: true, windowByFlag: true })
export const qwen3 = dense({ modelType: 'qwen3', headNorms: 'each', headDim: 128, windowByFlag: true })
export const smollm3 = dense({ modelType: 'smollm3', theta: 2_000_000, unturnedEvery: 4, windowByFlag: true })

/** Every layer once: one graph holds the whole model, and one visit runs it. */
function dense(traits: Traits): Family {
  return defineFamily(traits.modelType, ConfigSchema, (config, tensors, writer) =>
    compile(config, traits, tensors, writer),
  )
}

async function compile(config: Config, traits: Traits, tensors: TensorReader, writer: ModelWriter): Promise<Compiled> {
  const { sliding_window: window = traits.window } = config
  refuseOthers({ ...config, sliding_window: window }, traits.windowByFlag)
  const shape = readShape(config, traits.headDim ?? null, traits.theta)
  const turned = turnedLayers(config, traits)
  const { table, head } = readEnds(tensors, shape, config.tie_word_embeddings)
  const parts = {
    table,
    head,
    layers: Array.from({ length: config.num_hidden_layers }, (_, i) => {
      const prefix = `model.layers.${i}`
      const matrices = readLayer(tensors, prefix, shape, traits)
      const norms = (traits.normsBehind ? normsBehind : normsBefore)(tensors, prefix, shape)
      return (target: Target): StageLayer => ({
        ...ownLayer(target, matrices, norms),
        ...(!turned[i] && { unturned: true }),
      })
    }),
    norm: tensors.floats('model.norm.weight', [shape.hiddenSize]),
  }
  if (config.early_exits?.length) return compileExits(shape, parts, config.early_exits, writer)
  const { layers, norm } = parts
  await writer.graph('model', { shape }, (target) => {
    buildStage(target, shape, {
      table,
      layers: (inside) => layers.map((layer) => layer(inside)),
      head: { norm, matrix: head },
    })
  })
  const own = { cache: ownCache('model', layers.length), recursion: true, cost: layers.length }
  return compiled(shape, {
    maxDepth: 1,
    visits: [visit('model', { ...own, outputs: {} })],
    explanation: `This model runs each of its ${layers.length} layers once for every token. It was trained that way and has nothing that could be left out.`,
  })
}

/** Two names of one function. */
const ACTIVATIONS = ['silu', 'swish']

/**
 * @param byFlag whether a window counts only where `use_sliding_window` says so, as with Qwen and its kin
 * @throws DepthwiseError MODEL_UNSUPPORTED, naming the field
 */
export function refuseOthers(config: DenseConfig, byFlag = false): void {
  if (!ACTIVATIONS.includes(config.hidden_act ?? 'silu')) throw unsupported('hidden_act', config.hidden_act)
  if (config.attention_bias) throw unsupported('attention_bias', true)
  if (config.mlp_bias) throw unsupported('mlp_bias', true)
  if (config.use_sliding_window) throw unsupported('use_sliding_window', true)
  const windowed = config.layer_types?.find((type) => type !== 'full_attention')
  if (windowed !== undefined) throw unsupported('layer_types', windowed)
  const unused = byFlag || config.use_sliding_window != null || config.layer_types != null
  const { sliding_window: window, max_position_embeddings: context } = config
  if (window != null && window < context && !unused) throw unsupported('sliding_window', window)
}

/** Per layer: whether RoPE turns its heads. @throws DepthwiseError MODEL_CONFIG, MODEL_UNSUPPORTED */
function turnedLayers(config: Config, { unturnedEvery }: Traits): boolean[] {
  const { no_rope_layers: listed, num_hidden_layers: count } = config
  const every = config.no_rope_layer_interval ?? unturnedEvery ?? 0
  const all = Array.from({ length: count }, (_, i) => (listed ? listed[i] !== 0 : every === 0 || (i + 1) % every !== 0))
  if (listed && listed.length !== count) throw inconsistent('no_rope_layers', `it does not list ${count} layers`)
  if (unturnedEvery === undefined && all.includes(false)) {
    throw unsupported(listed ? 'no_rope_layers' : 'no_rope_layer_interval', listed ?? every)
  }
  return all
}

/**
 * @param ownHeadDim where the configuration is silent; null: hidden size / heads
 * @param ownTheta of RoPE, likewise
 * @throws DepthwiseError MODEL_CONFIG, MODEL_UNSUPPORTED
 */
export function readShape(config: DenseConfig, ownHeadDim: number | null, ownTheta?: number): LlamaShape {
  const heads = config.num_attention_heads
  const headDim = config.head_dim ?? ownHeadDim ?? config.hidden_size / heads
  if (!Number.isInteger(headDim)) throw inconsistent('num_attention_heads', `${heads} does not divide hidden_size`)
  return checkShape({
    vocabSize: config.vocab_size,
    hiddenSize: config.hidden_size,
    intermediateSize: config.intermediate_size,
    contextLength: config.max_position_embeddings,
    ...readRope(config, ownTheta),
    epsilon: config.rms_norm_eps,
    heads,
    kvHeads: config.num_key_value_heads ?? heads,
    headDim,
  })
}

function readLayer(tensors: TensorReader, prefix: string, shape: LlamaShape, traits: Traits): LayerMatrices {
  const { heads, kvHeads, headDim } = shape
  const attention = (leaf: string, length: number): Float32Array =>
    tensors.floats(`${prefix}.self_attn.${leaf}`, [length])
  return {
    ...tensors.llamaLayer(prefix, layerSizes(shape)),
    ...(traits.biases && {
      biases: {
        q: attention('q_proj.bias', heads * headDim),
        k: attention('k_proj.bias', kvHeads * headDim),
        v: attention('v_proj.bias', kvHeads * headDim),
      },
    }),
    ...(traits.headNorms && {
      headNorms: {
        q: attention('q_norm.weight', traits.headNorms === 'all' ? heads * headDim : headDim),
        k: attention('k_norm.weight', traits.headNorms === 'all' ? kvHeads * headDim : headDim),
      },
    }),
  }
}

const normsBefore = (tensors: TensorReader, prefix: string, { hiddenSize }: LlamaShape): OwnNorms =>
  readNorms(tensors, prefix, [hiddenSize])

/** Olmo 2's: behind attention and behind the MLP. */
function normsBehind(tensors: TensorReader, prefix: string, { hiddenSize }: LlamaShape): OwnNorms {
  return {
    attentionNorm: null,
    mlpNorm: null,
    attentionOutputNorm: tensors.floats(`${prefix}.post_attention_layernorm.weight`, [hiddenSize]),
    mlpOutputNorm: tensors.floats(`${prefix}.post_feedforward_layernorm.weight`, [hiddenSize]),
  }
}
