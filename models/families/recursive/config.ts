import * as v from 'valibot'
import { ArchitectureSchema, architectureShape } from '../architecture.ts'
import { inconsistent, size, unsupported } from '../family.ts'
import type { LlamaShape } from '../llama.ts'

const LayerIndexSchema = size(0, 4096)
const ModuleSchema = v.object({ rank: size(1, 65_536), scaling: v.pipe(v.number(), v.finite()) })
const LowRankSchema = {
  modules: v.record(v.string(), ModuleSchema),
  base_suffix: v.literal('base_layer.weight'),
  a_suffix: v.literal('lora_A.default.weight'),
  b_suffix: v.literal('lora_B.default.weight'),
}
const RelaxationSchema = v.variant('method', [
  v.object({ method: v.literal('lora'), ...LowRankSchema }),
  v.object({
    method: v.literal('dora'),
    ...LowRankSchema,
    magnitude_suffix: v.literal('lora_magnitude_vector.default.weight'),
  }),
  v.object({
    method: v.literal('adaption_prompt'),
    prompt_length: size(1, 65_536),
    layers: v.array(LayerIndexSchema),
    base_infix: v.literal('self_attn.model'),
    prompt_suffix: v.literal('self_attn.adaption_prompt'),
    gate_suffix: v.literal('self_attn.adaption_gate'),
  }),
  v.object({
    method: v.literal('recursion_encoding'),
    layers: v.array(LayerIndexSchema),
    vector_suffix: v.literal('recursion_encoding'),
    base_infix: v.literal('block'),
  }),
])
export type RelaxationConfig = v.InferOutput<typeof RelaxationSchema>

export const RecursionSchema = v.object({
  num_recursions: size(1, 64),
  sharing: v.picklist(['cycle', 'sequence', 'middle_cycle', 'middle_sequence']),
  block_depth: size(1, 1024),
  unrolled_layers: size(1, 4096),
  first_layer_unique: v.boolean(),
  last_layer_unique: v.boolean(),
  norms_shared: v.boolean(),
  attention_shared: v.boolean(),
  unrolled_to_physical: v.optional(v.array(LayerIndexSchema)),
})

/** A recursive transformer as `looped-lm-fixture/1` describes one. */
export const RecursiveConfigSchema = v.object({
  architecture: ArchitectureSchema,
  recursion: RecursionSchema,
  kv_cache: v.object({ mode: v.picklist(['shared', 'per_unrolled_layer']) }),
  routing: v.nullish(v.unknown()),
  relaxation: v.nullish(RelaxationSchema),
  weights: v.object({
    unrolled_layer_prefixes: v.array(v.pipe(v.string(), v.minLength(1))),
    /** Whether what is shared lies at each of its places, or at the first of them only. */
    every_depth_stored: v.optional(v.boolean(), true),
  }),
})
export type RecursiveConfig = v.InferOutput<typeof RecursiveConfigSchema>

/** The part of a configuration that says which layers are shared, and where they lie. */
interface Layout {
  recursion: v.InferOutput<typeof RecursionSchema>
  weights: { unrolled_layer_prefixes: readonly string[] }
}

/** Unrolled layers in the order in which they are run, by what they share. */
export interface Unrolled {
  /** The layers before and behind the shared ones; none where every layer is shared. */
  first: number | null
  last: number | null
  /**
   * Runs of shared layers that are visited again and again before the next run is: one of all layers (cycle), or one
   * for each layer (sequence). Per run and layer: the unrolled layer of each recursion.
   */
  runs: number[][][]
}

/** @throws DepthwiseError MODEL_CONFIG where the description contradicts itself */
export function unroll({ recursion, weights }: Layout): Unrolled {
  const { num_recursions: times, block_depth: depth, sharing, unrolled_layers: count } = recursion
  const middle = sharing.startsWith('middle')
  for (const field of ['first_layer_unique', 'last_layer_unique'] as const) {
    if (recursion[field] !== middle) throw inconsistent(`recursion.${field}`, `sharing is ${sharing}`)
  }
  const offset = middle ? 1 : 0
  if (count !== depth * times + 2 * offset) {
    throw inconsistent('recursion.unrolled_layers', `${times} times ${depth} shared layers do not make ${count}`)
  }
  if (weights.unrolled_layer_prefixes.length !== count) {
    throw inconsistent('weights.unrolled_layer_prefixes', `${count} layers need as many prefixes`)
  }
  const cyclic = sharing.endsWith('cycle')
  const layers = Array.from({ length: depth }, (_, i) =>
    Array.from({ length: times }, (__, r) => offset + (cyclic ? r * depth + i : i * times + r)),
  )
  const unrolled = {
    first: middle ? 0 : null,
    last: middle ? count - 1 : null,
    runs: cyclic ? [layers] : layers.map((layer) => [layer]),
  }
  const physical = Array<number>(count).fill(0)
  layers.forEach((places, i) => {
    for (const l of places) physical[l] = offset + i
  })
  if (middle) physical[count - 1] = depth + 1
  if (recursion.unrolled_to_physical?.some((given, l) => given !== physical[l])) {
    throw inconsistent('recursion.unrolled_to_physical', `it is not what ${sharing} means`)
  }
  return unrolled
}

/** @throws DepthwiseError MODEL_UNSUPPORTED, MODEL_CONFIG, naming the field */
export function recursiveShape(config: RecursiveConfig): LlamaShape {
  if (config.routing != null) throw unsupported('routing', config.routing)
  if (!config.recursion.attention_shared) throw unsupported('recursion.attention_shared', false)
  return architectureShape(config.architecture)
}
