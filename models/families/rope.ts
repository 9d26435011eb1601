import * as v from 'valibot'
import type { Rope } from '../graphs/rope.ts'
import { inconsistent, unsupported } from './family.ts'

const PositiveSchema = v.pipe(v.number(), v.finite(), v.gtValue(0))
const ScalingSchema = v.looseObject({
  rope_type: v.optional(v.string()),
  /** The spelling of the first versions. */
  type: v.optional(v.string()),
  rope_theta: v.optional(PositiveSchema),
  factor: v.optional(PositiveSchema),
  low_freq_factor: v.optional(PositiveSchema),
  high_freq_factor: v.optional(PositiveSchema),
  original_max_position_embeddings: v.optional(PositiveSchema),
  partial_rotary_factor: v.optional(v.number()),
  /** Depthwise's own, of type factors: what GGUF files have in place of all that makes them. */
  factors: v.optional(v.array(PositiveSchema)),
})

/** RoPE in both spellings: `rope_theta` with `rope_scaling`, and `rope_parameters` of transformers 5. */
export const ropeFields = {
  rope_theta: v.optional(PositiveSchema),
  rope_scaling: v.nullish(ScalingSchema),
  rope_parameters: v.nullish(ScalingSchema),
  partial_rotary_factor: v.optional(v.number()),
}
type RopeFields = v.InferOutput<v.ObjectSchema<typeof ropeFields, undefined>>

/** transformers' own, where a configuration is silent. */
const DEFAULT_THETA = 10_000

/** @throws DepthwiseError MODEL_UNSUPPORTED for kinds that are not implemented, MODEL_CONFIG for fields missing */
export function readRope(config: RopeFields): Rope {
  const at = config.rope_parameters ? 'rope_parameters' : 'rope_scaling'
  const given = config[at] ?? {}
  const partial = given.partial_rotary_factor ?? config.partial_rotary_factor
  if (partial !== undefined && partial !== 1) throw unsupported('partial_rotary_factor', partial)
  const theta = given.rope_theta ?? config.rope_theta ?? DEFAULT_THETA
  if (config.rope_theta !== undefined && config.rope_theta !== theta) {
    throw inconsistent('rope_theta', `${config.rope_theta} contradicts ${at}.rope_theta ${theta}`)
  }
  const type = given.rope_type ?? given.type ?? 'default'
  if (type === 'default') return { ropeTheta: theta }
  if (type === 'factors') return { ropeTheta: theta, ropeFactors: given.factors ?? [] }
  if (type !== 'llama3') throw unsupported(`${at}.rope_type`, type)
  const field = (
    name: 'factor' | 'low_freq_factor' | 'high_freq_factor' | 'original_max_position_embeddings',
  ): number => {
    const value = given[name]
    if (value === undefined) throw inconsistent(`${at}.${name}`, 'it is missing')
    return value
  }
  const ropeScaling = {
    factor: field('factor'),
    lowFreqFactor: field('low_freq_factor'),
    highFreqFactor: field('high_freq_factor'),
    originalContext: field('original_max_position_embeddings'),
  }
  if (ropeScaling.highFreqFactor <= ropeScaling.lowFreqFactor) {
    throw inconsistent(`${at}.high_freq_factor`, 'it must be larger than low_freq_factor')
  }
  return { ropeTheta: theta, ropeScaling }
}
