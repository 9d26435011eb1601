import type { Part } from '../../graphs/matrix.ts'
import type { LlamaShape } from '../llama.ts'
import { layerSizes } from '../llama.ts'
import { PART_NAMES, partSize } from '../llama-parts.ts'
import { LowRank } from './low-rank.ts'
import type { RelaxationConfig } from './config.ts'
import type { Relaxed, SharedLayer } from './relaxed.ts'
import type { TensorReader } from '../tensors.ts'

/** Relaxed Recursive Transformers (arXiv 2410.20672) and the other methods of the MoR authors' code. */
export function relaxed(
  config: RelaxationConfig | null | undefined,
  layer: SharedLayer,
  shape: LlamaShape,
  tensors: TensorReader,
): Relaxed {
  switch (config?.method) {
    case undefined:
      return { nameOf: plainName(layer), extras: () => ({}), constants: () => ({}) }
    case 'lora':
    case 'dora':
      return new LowRank(config, layer, shape, tensors)
    case 'adaption_prompt':
      return adaptionPrompt(config, layer, shape, tensors)
    case 'recursion_encoding':
      return recursionEncoding(config, layer, shape, tensors)
  }
}

const plainName =
  ({ prefixes }: SharedLayer) =>
  (r: number, part: Part): string =>
    `${prefixes[r]}.${PART_NAMES[part]}.weight`

/**
 * Keys and values of a learnt prompt [P, D], without norm or RoPE, that rows attend to in a softmax of their own; what
 * they give is scaled by a gate. Both are known beforehand, so the graph gets K and gate · V.
 */
function adaptionPrompt(
  config: Extract<RelaxationConfig, { method: 'adaption_prompt' }>,
  layer: SharedLayer,
  shape: LlamaShape,
  tensors: TensorReader,
): Relaxed {
  const { prompt_length: length } = config
  const { hiddenSize, kvHeads, headDim } = shape
  const width = kvHeads * headDim
  const has = (r: number): boolean => config.layers.includes(layer.places[r]!)
  const nameOf = (r: number, part: Part): string => {
    const plain = plainName(layer)(r, part)
    return has(r) ? plain.replace('.self_attn.', '.self_attn.model.') : plain
  }
  const dims = [length, kvHeads, headDim]
  const projected = (r: number, part: 'k' | 'v', scale: number): Float32Array => {
    const [prompt, weight] = [
      tensors.floats(`${layer.prefixes[r]}.${config.prompt_suffix}`, [1, length, hiddenSize]),
      tensors.floats(nameOf(0, part), partSize(layerSizes(shape), part)),
    ]
    return Float32Array.from({ length: length * width }, (_, i) => {
      const [row, column] = [Math.floor(i / width), i % width]
      let sum = 0
      for (let d = 0; d < hiddenSize; d++) sum += prompt[row * hiddenSize + d]! * weight[column * hiddenSize + d]!
      return scale * sum
    })
  }
  return {
    nameOf,
    extras(graph, i) {
      if (!layer.places.some((_, r) => has(r))) return {}
      const input = (leaf: string): string => graph.input(`prompt.${i}.${leaf}`, 'float32', dims)
      return { prompt: { key: input('key'), value: input('value') } }
    },
    constants(writer, i, r) {
      if (!layer.places.some((_, other) => has(other))) return {}
      const name = `${layer.prefixes[r]}.prompt`
      const gate = has(r) ? tensors.floats(`${layer.prefixes[r]}.${config.gate_suffix}`, [1])[0]! : 0
      const of = (part: 'k' | 'v', scale: number): Float32Array =>
        has(r) ? projected(r, part, scale) : new Float32Array(length * width)
      return {
        [`prompt.${i}.key`]: writer.constant(`${name}.key`, dims, of('k', 1)),
        [`prompt.${i}.value`]: writer.constant(`${name}.value`, dims, of('v', gate)),
      }
    },
  }
}

/** A vector [D] by which the output of a layer is multiplied. */
function recursionEncoding(
  config: Extract<RelaxationConfig, { method: 'recursion_encoding' }>,
  layer: SharedLayer,
  shape: LlamaShape,
  tensors: TensorReader,
): Relaxed {
  const dims = [shape.hiddenSize]
  const has = (r: number): boolean => config.layers.includes(layer.places[r]!)
  const used = layer.places.some((_, r) => has(r))
  return {
    nameOf: plainName(layer),
    extras: (graph, i) => (used ? { encoding: graph.input(`encoding.${i}`, 'float32', dims) } : {}),
    constants(writer, i, r) {
      if (!used) return {}
      const owner = layer.prefixes[r]!.replace(/\.block$/, '')
      const vector = has(r)
        ? tensors.floats(`${owner}.${config.vector_suffix}`, dims)
        : new Float32Array(shape.hiddenSize).fill(1)
      return { [`encoding.${i}`]: writer.constant(`${owner}.encoding`, dims, vector) }
    },
  }
}
