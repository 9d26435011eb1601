import { copyFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64'
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'
import { onTestFinished } from 'vitest'
import { LoadedGraphs } from '../../models/runtime/graphs.ts'
import { sequenceOn } from '../../models/runtime/backend.ts'
import type { Conversion, Outcome } from '../../models/convert/convert.ts'
import { convert } from '../../models/convert/convert.ts'
import { layerSizes, NORM_NAMES } from '../../models/families/llama.ts'
import { PART_NAMES, PARTS, partSize } from '../../models/families/llama-parts.ts'
import { SafetensorsFile } from '../../models/formats/safetensors.ts'
import { prepared } from '../families/support.ts'
import { TINY, temporaryFolder, writeSafetensors } from '../models/support.ts'

export const PLAIN: Conversion = { recursions: 2, sharing: 'cycle', initialisation: 'stepwise', rank: 0 }

/** Numbers between −1 and 1, always the same. */
export function randomNumbers(count: number, seed = 1): Float64Array {
  const random = xoroshiro128plus(seed)
  return Float64Array.from({ length: count }, () => 2 * uniformFloat64(random) - 1)
}

const SIZES = { hiddenSize: 24, heads: 4, kvHeads: 2, headDim: 6, intermediateSize: 40 }

/** A small Llama with random weights, and with the small model's tokenizer if it is to talk. */
export function denseLlama(
  layers: number,
  vocabulary = 32,
  talks = false,
  whenOver: (clean: () => void) => void = onTestFinished,
): string {
  const folder = temporaryFolder(whenOver)
  const tensors: Parameters<typeof writeSafetensors>[1] = {}
  const put = (name: string, shape: number[], scale: number, mean = 0): void => {
    const count = shape.reduce((product, dim) => product * dim, 1)
    const seed = Object.keys(tensors).length
    tensors[name] = { shape, values: randomNumbers(count, seed).map((value) => mean + scale * value) }
  }
  const { hiddenSize, heads, kvHeads, headDim, intermediateSize } = SIZES
  put('model.embed_tokens.weight', [vocabulary, hiddenSize], 1)
  put('model.norm.weight', [hiddenSize], 0.2, 1)
  for (let i = 0; i < layers; i++) {
    const sizes = layerSizes({ ...SIZES, vocabSize: vocabulary, contextLength: 64, epsilon: 1e-5, ropeTheta: 1e4 })
    for (const part of PARTS) put(`model.layers.${i}.${PART_NAMES[part]}.weight`, partSize(sizes, part), 0.2)
    for (const leaf of Object.values(NORM_NAMES)) put(`model.layers.${i}.${leaf}`, [hiddenSize], 0.2, 1)
  }
  writeSafetensors(path.join(folder, 'model.safetensors'), tensors)
  const config = {
    model_type: 'llama',
    vocab_size: vocabulary,
    hidden_size: hiddenSize,
    intermediate_size: intermediateSize,
    num_hidden_layers: layers,
    num_attention_heads: heads,
    num_key_value_heads: kvHeads,
    head_dim: headDim,
    max_position_embeddings: 64,
    rms_norm_eps: 1e-5,
    tie_word_embeddings: true,
    eos_token_id: [3, 7],
  }
  writeFileSync(path.join(folder, 'config.json'), JSON.stringify(config))
  if (talks) {
    for (const file of ['tokenizer.json', 'tokenizer_config.json', 'generation_config.json']) {
      copyFileSync(path.join(TINY, file), path.join(folder, file))
    }
  }
  return folder
}

export async function converted(
  source: string,
  conversion: Partial<Conversion> = {},
): Promise<{ folder: string; outcome: Outcome }> {
  const folder = path.join(temporaryFolder(onTestFinished), 'recursive')
  return { folder, outcome: await convert(source, folder, { ...PLAIN, ...conversion }) }
}

/** What the runtime computes of a model folder, in float32. */
export async function logitsOf(folder: string): Promise<Float32Array> {
  const model = await prepared(folder)
  const graphs = await LoadedGraphs.load(model, { provider: 'cpu', threads: 1 })
  const { logits } = await sequenceOn(model.plan, graphs).append([5, 1, 9, 9, 2, 30, 17], [], 'all')
  await graphs.release()
  return logits!
}

/** Largest difference, as a share of the largest value. */
export function relativeError(values: Float32Array, expected: Float32Array): number {
  const largest = (some: Float32Array): number => some.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
  return largest(values.map((value, i) => value - expected[i]!)) / largest(expected)
}

/** The tensors of a model folder, by name. */
export function tensorsOf(folder: string): Map<string, Float32Array> {
  const file = new SafetensorsFile(path.join(folder, 'model.safetensors'))
  const tensors = [...file.entries].map(([name, { shape }]) => [name, file.readFloats(name, shape)] as const)
  file.close()
  return new Map(tensors)
}
