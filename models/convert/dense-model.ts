import path from 'node:path'
import * as v from 'valibot'
import { DepthwiseError } from '../common/errors.ts'
import { denseFields, readShape, refuseOthers } from '../families/dense.ts'
import { unsupported } from '../families/family.ts'
import type { LayerNorms, LlamaShape } from '../families/llama.ts'
import { layerSizes, readEnds, readNorms } from '../families/llama.ts'
import { TensorReader } from '../families/tensors.ts'
import { readJson } from '../formats/json.ts'
import { isModelFile } from '../formats/model-source.ts'
import { CommonConfigSchema } from '../formats/sources.ts'
import { forMlx, openWeights } from '../formats/weights.ts'
import type { LayerMatrices } from '../graphs/llama-layer.ts'
import type { Matrix } from '../graphs/matrix.ts'
import { checkFile } from '../prepare/folder.ts'

/** A dense Llama, checked as a whole; its matrices are read when they are asked for. */
export interface DenseModel {
  shape: LlamaShape
  endTokens: v.InferOutput<typeof CommonConfigSchema>['eos_token_id']
  table: Matrix
  /** None where the table is the head. */
  head: Matrix | null
  layers: { matrices: LayerMatrices; norms: LayerNorms }[]
  norm: Float32Array
  parameters: number
  close(): void
}

/** What keeps a dense model from being written as a recursive one, by its type. */
const OBSTACLES: Readonly<Record<string, string>> = {
  qwen2: 'it has biases (self_attn.q_proj.bias, of k and v too)',
  qwen3: 'it has norms over the heads of q and k (self_attn.q_norm.weight)',
}

const ConfigSchema = v.object({ ...CommonConfigSchema.entries, ...denseFields })

/** @throws DepthwiseError MODEL_*, naming the field or tensor */
export function openDense(folder: string): DenseModel {
  refuseFile(folder)
  checkFile(folder, 'config.json')
  const place = path.join(folder, 'config.json')
  refuseOtherTypes(readJson(place, CommonConfigSchema, 'MODEL_CONFIG'))
  const config = readJson(place, ConfigSchema, 'MODEL_CONFIG')
  refuseOthers(config)
  const shape = readShape(config, null)
  if (shape.ropeFactors) throw unsupported('rope_scaling.rope_type', 'factors')
  if (config.quantization != null) throw forMlx('quantization')
  const weights = openWeights(folder, config.quantization_config)
  try {
    const tensors = new TensorReader(weights, () => undefined)
    const { table, head } = readEnds(tensors, shape, config.tie_word_embeddings)
    const layers = Array.from({ length: config.num_hidden_layers }, (_, i) => ({
      matrices: tensors.llamaLayer(`model.layers.${i}`, layerSizes(shape)),
      norms: readNorms(tensors, `model.layers.${i}`, [shape.hiddenSize]),
    }))
    return {
      shape,
      endTokens: config.eos_token_id,
      table,
      head: head === table ? null : head,
      layers,
      norm: tensors.floats('model.norm.weight', [shape.hiddenSize]),
      parameters: tensors.finish(),
      close() {
        weights.close()
      },
    }
  } catch (error) {
    weights.close()
    throw error
  }
}

function refuseFile(place: string): void {
  if (!isModelFile(place)) return
  const message = 'A GGUF file cannot be made recursive; only a model folder with safetensors can.'
  throw new DepthwiseError('MODEL_UNSUPPORTED', message, { detail: place })
}

function refuseOtherTypes({ model_type: type }: v.InferOutput<typeof CommonConfigSchema>): void {
  if (type === 'llama') return
  const obstacle = OBSTACLES[type ?? '']
  const why = obstacle === undefined ? '' : `: ${obstacle}, for which the recursive form has no place`
  const message = `A model of type ${type ?? '(none)'} cannot be made recursive${why}. Only llama can.`
  throw new DepthwiseError('MODEL_UNSUPPORTED', message, { detail: 'model_type' })
}
