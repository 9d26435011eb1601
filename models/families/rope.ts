import * as v from 'valibot'
import type { Rope } from '../graphs/rope.ts'
import { inconsistent, unsupported } from './family.ts'

const PositiveSchema = v.pipe(v.number(), v.finite(), v.gtValue(0))
const ScalingSchema = v.looseObject({
  rope_type: v.nullish(v.string()),
  /** The spelling of the first versions. */
  type: v.nullish(v.string()),
  rope_theta: v.nullish(PositiveSchema),
  factor: v.nullish(PositiveSchema),
  low_freq_factor: v.nullish(PositiveSchema),
  high_freq_factor: v.nullish(PositiveSchema),
  original_max_position_embeddings: v.nullish(PositiveSchema),
  partial_rotary_factor: v.nullish(v.number()),
  /** Depthwise's own, of type factors: what GGUF files have in place of all that makes them. */
  factors: v.nullish(v.array(PositiveSchema)),
})
/** Of layers of one type, where there are several types: the others are refused by `layer_types`. */
const NestedSchema = v.looseObject({ full_attention: v.nullish(ScalingSchema) })

/** RoPE in both spellings: `rope_theta` with `rope_scaling`, and `rope_parameters` of transformers 5. */
export const ropeFields = {
  rope_theta: v.nullish(PositiveSchema),
  rope_scaling: v.nullish(ScalingSchema),
  rope_parameters: v.nullish(v.intersect([ScalingSchema, NestedSchema])),
  partial_rotary_factor: v.nullish(v.number()),
}
type RopeFields = v.InferOutput<v.ObjectSchema<typeof ropeFields, undefined>>

/** transformers' own, where a configuration is silent. */
const DEFAULT_THETA = 10_000

/** Parameters of a kind of layer that the fields above know nothing of. */
const ofOtherLayers = (value: unknown): boolean => typeof value === 'object' && value !== null

/** @throws DepthwiseError MODEL_UNSUPPORTED for kinds that are not implemented, MODEL_CONFIG for fields missing */
export function readRope(config: RopeFields, ownTheta = DEFAULT_THETA): Rope {
  const { at, given } = parametersOf(config)
  const partial = given.partial_rotary_factor ?? config.partial_rotary_factor
  if (partial != null && partial !== 1) throw unsupported('partial_rotary_factor', partial)
  const theta = given.rope_theta ?? config.rope_theta ?? ownTheta
  if (config.rope_theta != null && config.rope_theta !== theta) {
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
    if (value == null) throw inconsistent(`${at}.${name}`, 'it is missing')
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

/** Where the parameters stand: in one of two fields, in the newer one perhaps by type of layer. */
function parametersOf(config: RopeFields): { at: string; given: v.InferOutput<typeof ScalingSchema> } {
  const { rope_parameters: newer, rope_scaling: older } = config
  if (!newer) return { at: 'rope_scaling', given: older ?? {} }
  if (newer.full_attention) return { at: 'rope_parameters.full_attention', given: newer.full_attention }
  const other = Object.entries(newer).find(([, value]) => ofOtherLayers(value))
  if (other) throw unsupported(`rope_parameters.${other[0].slice(0, 40)}`, other[1])
  return { at: 'rope_parameters', given: newer }
}
