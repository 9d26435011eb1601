import type { LayerMatrices } from '../graphs/llama-layer.ts'
import type { Target } from '../graphs/linear.ts'
import type { Matrix } from '../graphs/matrix.ts'
import type { StageLayer, StageShape } from '../graphs/stage.ts'
import { inconsistent } from './family.ts'
import type { LayerSizes } from './llama-parts.ts'
import type { TensorReader } from './tensors.ts'

/** The sizes of a model made of Llama layers. */
export interface LlamaShape extends StageShape {
  vocabSize: number
  intermediateSize: number
}

/** The fields of a configuration that a shape comes from. */
export const LLAMA_FIELDS = {
  heads: 'num_attention_heads',
  kvHeads: 'num_key_value_heads',
  headDim: 'head_dim',
  contextLength: 'max_position_embeddings',
} as const

/** A million positions of 128 dimensions; 512 MB. */
const MAX_ROPE_VALUES = 2 ** 27

/** @throws DepthwiseError MODEL_CONFIG, naming the field of the context's length, where its RoPE tables would be too large */
export function checkContext(shape: Pick<StageShape, 'contextLength' | 'headDim'>, field: string): void {
  if (shape.contextLength * shape.headDim <= MAX_ROPE_VALUES) return
  throw inconsistent(field, 'the RoPE tables of so long a context would be too large')
}

/** @throws DepthwiseError MODEL_CONFIG where sizes do not go together */
export function checkShape(shape: LlamaShape, under = ''): LlamaShape {
  if (shape.heads % shape.kvHeads !== 0) {
    throw inconsistent(
      under + LLAMA_FIELDS.kvHeads,
      `${shape.heads} query heads cannot share ${shape.kvHeads} K/V heads`,
    )
  }
  checkContext(shape, under + LLAMA_FIELDS.contextLength)
  if (shape.ropeFactors && shape.ropeFactors.length !== shape.headDim / 2) {
    throw inconsistent(`${under}rope_scaling.factors`, `${shape.headDim / 2} are needed, one for each pair of a head`)
  }
  if (shape.headDim % 2 !== 0)
    throw inconsistent(under + LLAMA_FIELDS.headDim, `${shape.headDim} is odd, RoPE needs pairs`)
  return shape
}

/** The norms before attention and before the MLP, under a layer's prefix. */
export const NORM_NAMES = {
  attentionNorm: 'input_layernorm.weight',
  mlpNorm: 'post_attention_layernorm.weight',
} as const

export interface LayerNorms {
  attentionNorm: Float32Array
  mlpNorm: Float32Array
  attentionOutputNorm?: Float32Array
  mlpOutputNorm?: Float32Array
}

/** Null where a layer has norms behind its parts only. */
export type OwnNorms = { [leaf in keyof LayerNorms]: LayerNorms[leaf] | null }

export function layerSizes(shape: LlamaShape): LayerSizes {
  const { hiddenSize, heads, kvHeads, headDim, intermediateSize } = shape
  return { hidden: hiddenSize, heads, kvHeads, headDim, intermediate: intermediateSize }
}

/** @param dims [D], or with one row per recursion */
export function readNorms(tensors: TensorReader, prefix: string, dims: number[]): LayerNorms {
  return {
    attentionNorm: tensors.floats(`${prefix}.${NORM_NAMES.attentionNorm}`, dims),
    mlpNorm: tensors.floats(`${prefix}.${NORM_NAMES.mlpNorm}`, dims),
  }
}

/** A layer that is visited in one way only: its norms lie in the graph. */
export function ownLayer(target: Target, matrices: LayerMatrices, norms: OwnNorms): StageLayer {
  const inline = ([leaf, values]: [string, Float32Array | null]): [string, string | null] => [
    leaf,
    values && target.graph.floats(`${matrices.name}.${leaf}`, [values.length], values),
  ]
  const named = Object.fromEntries(Object.entries(norms).map(inline)) as Pick<StageLayer, keyof LayerNorms>
  return { matrices, ...named }
}

/**
 * Embedding table and head. A tied head may be stored again; it must then be equal.
 * @param says whether they are tied; null: where no head is stored
 * @throws DepthwiseError MODEL_WEIGHTS
 */
export function readEnds(
  tensors: TensorReader,
  shape: LlamaShape,
  says: boolean | null | undefined,
): { table: Matrix; head: Matrix } {
  const { vocabSize, hiddenSize } = shape
  const tied = says ?? !tensors.has('lm_head.weight')
  const table = tensors.matrix('model.embed_tokens.weight', vocabSize, hiddenSize)
  if (!tied) return { table, head: tensors.matrix('lm_head.weight', vocabSize, hiddenSize) }
  if (tensors.has('lm_head.weight')) tensors.copy('lm_head.weight', table.name, [vocabSize, hiddenSize])
  return { table, head: table }
}
