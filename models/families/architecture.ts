import * as v from 'valibot'
import type { Rope } from '../graphs/rope.ts'
import { inconsistent, size, unsupported } from './family.ts'
import type { LlamaShape } from './llama.ts'
import { checkShape } from './llama.ts'

const PositiveSchema = v.pipe(v.number(), v.finite(), v.gtValue(0))
const RopeSchema = v.object({
  type: v.optional(v.string(), 'default'),
  theta: v.optional(PositiveSchema, 10_000),
  style: v.optional(v.string(), 'rotate_half'),
  /** Of type llama3; the authors' models have none. */
  scaling: v.nullish(
    v.object({
      factor: PositiveSchema,
      low_freq_factor: PositiveSchema,
      high_freq_factor: PositiveSchema,
      original_max_position_embeddings: PositiveSchema,
    }),
  ),
})

/** `architecture` of a recursive model: the Llama layer that it is made of, in `looped-lm-fixture/1`. */
export const ArchitectureSchema = v.object({
  vocab_size: size(1, 2_000_000),
  hidden_size: size(1, 65_536),
  intermediate_size: size(1, 262_144),
  num_attention_heads: size(1, 1024),
  num_key_value_heads: size(1, 1024),
  head_dim: size(2, 1024),
  hidden_act: v.optional(v.string(), 'silu'),
  rms_norm_eps: v.pipe(v.number(), v.minValue(0), v.maxValue(1)),
  rope: v.optional(RopeSchema, {}),
  max_position_embeddings: size(1, 1_048_576),
  tie_word_embeddings: v.optional(v.boolean(), true),
  attention_bias: v.optional(v.boolean(), false),
  mlp_bias: v.optional(v.boolean(), false),
  eos_token_id: v.nullish(size(0, 2_000_000)),
})
export type Architecture = v.InferOutput<typeof ArchitectureSchema>

/** @throws DepthwiseError MODEL_UNSUPPORTED, MODEL_CONFIG, naming the field */
export function architectureShape(a: Architecture): LlamaShape {
  if (a.hidden_act !== 'silu') throw unsupported('architecture.hidden_act', a.hidden_act)
  if (a.attention_bias) throw unsupported('architecture.attention_bias', true)
  if (a.mlp_bias) throw unsupported('architecture.mlp_bias', true)
  if (a.rope.style !== 'rotate_half') throw unsupported('architecture.rope.style', a.rope.style)
  const shape = {
    vocabSize: a.vocab_size,
    hiddenSize: a.hidden_size,
    intermediateSize: a.intermediate_size,
    contextLength: a.max_position_embeddings,
    ...rope(a.rope),
    epsilon: a.rms_norm_eps,
    heads: a.num_attention_heads,
    kvHeads: a.num_key_value_heads,
    headDim: a.head_dim,
  }
  return checkShape(shape, 'architecture.')
}

function rope({ type, theta, scaling }: Architecture['rope']): Rope {
  if (type === 'default') return { ropeTheta: theta }
  if (type !== 'llama3') throw unsupported('architecture.rope.type', type)
  if (scaling == null) throw inconsistent('architecture.rope.scaling', 'it is missing')
  if (scaling.high_freq_factor <= scaling.low_freq_factor) {
    throw inconsistent('architecture.rope.scaling.high_freq_factor', 'it must be larger than low_freq_factor')
  }
  return {
    ropeTheta: theta,
    ropeScaling: {
      factor: scaling.factor,
      lowFreqFactor: scaling.low_freq_factor,
      highFreqFactor: scaling.high_freq_factor,
      originalContext: scaling.original_max_position_embeddings,
    },
  }
}
