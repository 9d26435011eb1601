import * as v from 'valibot'
import type { LayerMatrices } from '../graphs/llama-layer.ts'
import { buildStage } from '../graphs/stage.ts'
import { ownCache, visit } from '../plan/visit.ts'
import type { ModelWriter } from './build.ts'
import type { Compiled } from './compiled.ts'
import { compiled } from './compiled.ts'
import type { Family } from './family.ts'
import { defineFamily, inconsistent, size, unsupported } from './family.ts'
import type { LlamaShape } from './llama.ts'
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
  hidden_act: v.optional(v.string(), 'silu'),
  rms_norm_eps: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(1)), 1e-6),
  max_position_embeddings: size(1, 1_048_576),
  tie_word_embeddings: v.optional(v.boolean(), false),
  attention_bias: v.optional(v.boolean(), false),
  mlp_bias: v.optional(v.boolean(), false),
  sliding_window: v.nullish(v.number()),
  use_sliding_window: v.nullish(v.boolean()),
  layer_types: v.nullish(v.array(v.string())),
  ...ropeFields,
}
const ConfigSchema = v.object(denseFields)
export type DenseConfig = v.InferOutput<typeof ConfigSchema>

/** What one dense architecture has that the others have not. */
interface Traits {
  modelType: string
  /** Biases on q, k and v. */
  biases: boolean
  /** RMSNorm over every head of q and k. */
  headNorms: boolean
  /** `head_dim` where a configuration is silent; null: hidden size / heads. */
  headDim: number | null
}

/** Llama 2 and 3, SmolLM2, TinyLlama and others that publish as Llama. */
export const llama = dense({ modelType: 'llama', biases: false, headNorms: false, headDim: null })
/** Qwen 2 and 2.5. */
export const qwen2 = dense({ modelType: 'qwen2', biases: true, headNorms: false, headDim: null })
export const qwen3 = dense({ modelType: 'qwen3', biases: false, headNorms: true, headDim: 128 })

/** Every layer once: one graph holds the whole model, and one visit runs it. */
function dense(traits: Traits): Family {
  return defineFamily(traits.modelType, ConfigSchema, (config, tensors, writer) =>
    compile(config, traits, tensors, writer),
  )
}

async function compile(
  config: DenseConfig,
  traits: Traits,
  tensors: TensorReader,
  writer: ModelWriter,
): Promise<Compiled> {
  refuseOthers(config)
  const shape = readShape(config, traits.headDim)
  const { table, head } = readEnds(tensors, shape, config.tie_word_embeddings)
  const layers = Array.from({ length: config.num_hidden_layers }, (_, i) => {
    const prefix = `model.layers.${i}`
    return {
      matrices: readLayer(tensors, prefix, shape, traits),
      norms: readNorms(tensors, prefix, [shape.hiddenSize]),
    }
  })
  const norm = tensors.floats('model.norm.weight', [shape.hiddenSize])
  await writer.graph('model', { shape }, (target) => {
    buildStage(target, shape, {
      table,
      layers: (inside) => layers.map(({ matrices, norms }) => ownLayer(inside, matrices, norms)),
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

/** @throws DepthwiseError MODEL_UNSUPPORTED, naming the field */
export function refuseOthers(config: DenseConfig): void {
  if (config.hidden_act !== 'silu') throw unsupported('hidden_act', config.hidden_act)
  if (config.attention_bias) throw unsupported('attention_bias', true)
  if (config.mlp_bias) throw unsupported('mlp_bias', true)
  if (config.use_sliding_window) throw unsupported('use_sliding_window', true)
  const windowed = config.layer_types?.find((type) => type !== 'full_attention')
  if (windowed !== undefined) throw unsupported('layer_types', windowed)
  // Qwen states a window that it does not use
  const used = config.use_sliding_window === undefined && config.layer_types == null
  if (config.sliding_window != null && used) throw unsupported('sliding_window', config.sliding_window)
}

/** @param ownHeadDim where the configuration is silent; null: hidden size / heads @throws DepthwiseError MODEL_CONFIG, MODEL_UNSUPPORTED */
export function readShape(config: DenseConfig, ownHeadDim: number | null): LlamaShape {
  const heads = config.num_attention_heads
  const headDim = config.head_dim ?? ownHeadDim ?? config.hidden_size / heads
  if (!Number.isInteger(headDim)) throw inconsistent('num_attention_heads', `${heads} does not divide hidden_size`)
  return checkShape({
    vocabSize: config.vocab_size,
    hiddenSize: config.hidden_size,
    intermediateSize: config.intermediate_size,
    contextLength: config.max_position_embeddings,
    ...readRope(config),
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
      headNorms: { q: attention('q_norm.weight', headDim), k: attention('k_norm.weight', headDim) },
    }),
  }
}
