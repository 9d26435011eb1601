import * as v from 'valibot'
import { ArchitectureSchema, architectureShape } from '../architecture.ts'
import { size, unsupported } from '../family.ts'
import type { LlamaShape } from '../llama.ts'
import { RecursionSchema, unroll } from '../recursive/config.ts'
import type { Storage } from '../shared-layer.ts'

const { num_recursions, block_depth, sharing, unrolled_to_physical } = RecursionSchema.entries

/**
 * What configurations of Mixture-of-Recursions have in common. The authors' code keeps them in its own settings, beside
 * a checkpoint; here they stand in config.json. What may be left out is what the authors' code does by itself.
 */
export const morFields = {
  architecture: ArchitectureSchema,
  recursion: v.object({
    num_recursions,
    sharing,
    block_depth,
    unrolled_to_physical,
    unrolled_layers: v.optional(size(1, 4096)),
    first_layer_unique: v.optional(v.boolean()),
    last_layer_unique: v.optional(v.boolean()),
    norms_shared: v.optional(v.boolean(), true),
    attention_shared: v.optional(v.boolean(), true),
  }),
  kv_cache: v.object({ mode: v.picklist(['shared', 'recursion_wise']) }),
  relaxation: v.nullish(v.unknown()),
  weights: v.optional(
    v.object({
      unrolled_layer_prefixes: v.optional(v.array(v.pipe(v.string(), v.minLength(1)))),
      every_depth_stored: v.optional(v.boolean()),
    }),
    {},
  ),
}
type MorConfig = v.InferOutput<v.ObjectSchema<typeof morFields, undefined>>

const RouterSchema = v.object({
  type: v.string(),
  temperature: v.optional(v.pipe(v.number(), v.finite(), v.gtValue(0)), 1),
  bias: v.optional(v.boolean(), false),
})

/** What routings of both kinds have in common. */
export const routingFields = {
  router: v.optional(RouterSchema, { type: 'linear' }),
  gate: v.optional(v.picklist(['weighted', 'additive']), 'weighted'),
}

/** The model around its routers. */
export interface Mor {
  shape: LlamaShape
  /** Recursions, and layers of each. */
  times: number
  depth: number
  /** Prefixes of the weights: of the layers before and behind the recursions, and per shared layer of each recursion. */
  first: string | null
  last: string | null
  block: string[][]
  /** Whether later recursions read the K/V of the first. */
  kvShared: boolean
  storage: Storage
  tied: boolean
  endTokens: number[]
}

/** @param kind which of the authors' naming schemes holds, where the configuration has none @throws DepthwiseError MODEL_* */
export function readMor(config: MorConfig, kind: 'expert' | 'token'): Mor {
  const { recursion, architecture, weights } = config
  const { num_recursions: times, block_depth: depth, sharing } = recursion
  if (config.relaxation != null) throw unsupported('relaxation', config.relaxation, 'is not supported beside routers')
  if (!recursion.attention_shared) throw unsupported('recursion.attention_shared', false)
  if (sharing.endsWith('sequence')) throw unsupported('recursion.sharing', sharing, 'leaves the routers unused')
  if (sharing === 'cycle' && kind === 'token') {
    throw unsupported('recursion.sharing', sharing, "cannot be run with token choice by the authors' code either")
  }
  const middle = sharing === 'middle_cycle'
  const prefixes = weights.unrolled_layer_prefixes ?? officialPrefixes(kind, middle, times, depth)
  const { first, last, runs } = unroll({
    recursion: {
      ...recursion,
      unrolled_layers: recursion.unrolled_layers ?? prefixes.length,
      first_layer_unique: recursion.first_layer_unique ?? middle,
      last_layer_unique: recursion.last_layer_unique ?? middle,
    },
    weights: { unrolled_layer_prefixes: prefixes },
  })
  const prefixOf = (layer: number | null): string | null => (layer === null ? null : prefixes[layer]!)
  return {
    shape: architectureShape(architecture),
    times,
    depth,
    first: prefixOf(first),
    last: prefixOf(last),
    block: runs[0]!.map((places) => places.map((place) => prefixes[place]!)),
    kvShared: config.kv_cache.mode === 'shared',
    storage: { normsShared: recursion.norms_shared, everyDepthStored: weights.every_depth_stored ?? null },
    tied: architecture.tie_word_embeddings,
    endTokens: architecture.eos_token_id == null ? [] : [architecture.eos_token_id],
  }
}

/** The module that recursion `r` (from 0) is in the authors' expert-choice models. */
export function expertModule(mor: Pick<Mor, 'first'>, r: number): string {
  return `model.layers.${mor.first === null ? r : r + 1}`
}

/** The module that the recursions are in the authors' token-choice models. */
export const TOKEN_MODULE = 'model.layers.1'

function officialPrefixes(kind: 'expert' | 'token', middle: boolean, times: number, depth: number): string[] {
  const block = (r: number): string =>
    kind === 'token' ? `${TOKEN_MODULE}.block_list.${r}` : `model.layers.${middle ? r + 1 : r}.block`
  const layers = Array.from({ length: times }, (_, r) => Array.from({ length: depth }, (__, i) => `${block(r)}.${i}`))
  const last = kind === 'token' ? 2 : times + 1
  return middle ? ['model.layers.0', ...layers.flat(), `model.layers.${last}`] : layers.flat()
}
