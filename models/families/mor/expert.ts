import { PORT } from '../../plan/ports.ts'
import * as v from 'valibot'
import type { Target } from '../../graphs/linear.ts'
import { plainRouter, scaled, scored } from '../../graphs/plain-router.ts'
import { clears, register, STATE } from '../../plan/visit.ts'
import type { ModelWriter } from '../build.ts'
import type { Compiled } from '../compiled.ts'
import { compiled } from '../compiled.ts'
import { defineFamily, inconsistent, unsupported } from '../family.ts'
import { expertModule, morFields, readMor, routingFields } from './config.ts'
import { MorLayers, Routers } from './layers.ts'
import type { TensorReader } from '../tensors.ts'

const ShareSchema = v.pipe(v.number(), v.gtValue(0), v.maxValue(1))
const SourceSchema = v.picklist(['router', 'aux_router'])
const RoutingSchema = v.object({
  ...routingFields,
  kind: v.optional(v.literal('expert_choice'), 'expert_choice'),
  score: v.nullable(v.picklist(['sigmoid', 'tanh'])),
  alpha: v.pipe(v.number(), v.finite(), v.gtValue(0)),
  /** Per recursion; null: N/N, …, 1/N. */
  capacities: v.nullish(v.array(ShareSchema)),
  hierarchical: v.optional(v.boolean(), true),
  auxiliary: v.optional(v.picklist(['aux_loss', 'aux_router']), 'aux_loss'),
  causal_rule: v.optional(
    v.object({
      source: v.optional(SourceSchema),
      threshold_sigmoid: v.optional(v.pipe(v.number(), v.gtValue(0), v.ltValue(1)), 0.5),
      /** Per recursion; those with a capacity below 1. */
      threshold_applied: v.optional(v.array(v.boolean())),
    }),
    {},
  ),
  weights: v.optional(
    v.array(v.object({ recursion: v.optional(v.number()), router: v.string(), aux_router: v.nullish(v.string()) })),
  ),
})
const ConfigSchema = v.object({
  ...morFields,
  routing: RoutingSchema,
  /** Depthwise's own field: recursions of capacity 1 have a threshold too. */
  threshold_every_recursion: v.optional(v.boolean(), false),
})
type Config = v.InferOutput<typeof ConfigSchema>
type Routing = Config['routing']

/**
 * Mixture-of-Recursions, expert choice (arXiv 2507.10524 §2.2.1, eq. 2.1) as published: one block, applied up to N times.
 * The router of recursion r reads the stream h and says which tokens go on, `h += α · score(router_r(h / temperature)) ·
 * block(h)`; the others go to the end. In training the top k of a text went on; here, causally, those whose decision
 * (the router's logit, or that of an auxiliary router, which reads h as it is) is what training drew apart at
 * sigmoid ½. Recursions of capacity 1 take every token. A minimal config.json for a checkpoint of the authors' code:
 *
 *     { "model_type": "mor-expert",
 *       "architecture": { "vocab_size": 49152, "hidden_size": 960, "intermediate_size": 2560,
 *         "num_attention_heads": 15, "num_key_value_heads": 5, "head_dim": 64, "rms_norm_eps": 1e-5,
 *         "max_position_embeddings": 2048, "eos_token_id": 0 },
 *       "recursion": { "num_recursions": 3, "sharing": "middle_cycle", "block_depth": 10 },
 *       "kv_cache": { "mode": "recursion_wise" },
 *       "routing": { "score": "sigmoid", "alpha": 0.1 } }
 */
export const morExpert = defineFamily('mor-expert', ConfigSchema, compile)

async function compile(config: Config, tensors: TensorReader, writer: ModelWriter): Promise<Compiled> {
  const mor = readMor(config, 'expert')
  const { shape, times } = mor
  const { routing } = config
  const { capacities, thresholded } = thresholdsOf(config)
  const weighted = routing.gate === 'weighted'
  const auxiliary = routing.auxiliary === 'aux_router'
  const names = routerNames(routing, times, (r) => expertModule(mor, r))
  const main = new Routers('router', routing.router, shape.hiddenSize, 1)
  const aux = new Routers('aux', routing.router, shape.hiddenSize, 1)
  const bound = names.map(({ router, aux: own }) => ({
    ...main.bind(router, routing.router.temperature, tensors, writer),
    ...(own !== null && aux.bind(own, 1, tensors, writer)),
  }))
  const routed = { logit: 'logit', ...(weighted && { weight: 'weight' }), ...(auxiliary && { decision: 'decision' }) }

  /** What decides about the next recursion, from the stream [S, D]: each [S, 1]. */
  const route = (target: Target, state: string): void => {
    const { graph } = target
    const dims = ['S', 1]
    const logit = plainRouter(graph, state, main.declare(graph))
    const score = scored(graph, logit, routing.score)
    const weight = scaled(graph, score, routing.score === null ? 1 : routing.alpha)
    graph.output(logit, 'logit', 'float32', dims)
    if (weighted) graph.output(weight, 'weight', 'float32', dims)
    if (auxiliary) graph.output(plainRouter(graph, state, aux.declare(graph)), 'decision', 'float32', dims)
    target.tap('score', dims, () => score)
    target.tap('weight', dims, () => weight)
  }
  const layers = new MorLayers(mor, tensors, writer)
  const ends = await layers.ends(route)
  const block = await layers.block((target, before, out) => {
    const { graph } = target
    const gated = weighted ? graph.node('Mul', [out, graph.input('gate', 'float32', ['S', 1])]) : out
    const next = graph.node('Add', [before, gated])
    graph.output(next, PORT.nextState, 'float32', ['S', shape.hiddenSize])
    route(target, next)
  })

  const writesOnce = mor.kvShared && times > 1
  const recursions = Array.from({ length: times }, (_, r) => {
    const threshold = thresholded.indexOf(r)
    const deciding = threshold < 0 ? [] : [clears(threshold, auxiliary ? 'decision' : 'logit')]
    // a token that is refused at recursion 1 leaves K/V there that later recursions of others read
    const writesForAll = writesOnce && r === 0
    return block(r, {
      constants: bound[Math.min(r + 1, times - 1)]!,
      inputs: { [PORT.state]: STATE, ...(weighted && { gate: 'weight' }) },
      outputs: { [PORT.nextState]: STATE, ...(r + 1 < times && routed) },
      ...(writesForAll ? { updates: deciding } : { admission: deciding }),
      refusal: 'tail',
    })
  })
  const saving = thresholded.filter((r) => r > 0 || !writesOnce)
  const { threshold_sigmoid: sigmoid } = routing.causal_rule
  return compiled(shape, {
    maxDepth: times,
    visits: [
      ends.enter({ constants: bound[0]!, outputs: { [PORT.nextState]: STATE, ...routed } }),
      ...recursions,
      ends.leave(),
    ],
    registers: Object.fromEntries(Object.keys(routed).map((name) => [name, register(1)])),
    endTokens: mor.endTokens,
    policy:
      thresholded.length === 0
        ? { kind: 'fixed' }
        : {
            kind: 'quantile',
            trained: thresholded.map(() => Math.log(sigmoid / (1 - sigmoid))),
            capacities: thresholded.map((r) => capacities[r]!),
            deepening: true,
          },
    adjustable: saving.length > 0,
    explanation: explanation(times, capacities, saving),
  })
}

/** @returns capacities, and the recursions (from 0) at which a threshold decides @throws DepthwiseError MODEL_* */
function thresholdsOf(config: Config): { capacities: number[]; thresholded: number[] } {
  const { routing, threshold_every_recursion: every } = config
  const times = config.recursion.num_recursions
  if (!routing.hierarchical) throw unsupported('routing.hierarchical', false)
  const capacities = routing.capacities ?? Array.from({ length: times }, (_, r) => (times - r) / times)
  if (capacities.length !== times) throw inconsistent('routing.capacities', `${times} recursions need as many`)
  if (capacities.some((capacity, r) => r > 0 && capacity > capacities[r - 1]!)) {
    throw inconsistent('routing.capacities', 'later recursions cannot take more tokens than earlier ones')
  }
  const { source, threshold_applied: applied = capacities.map((capacity) => capacity < 1) } = routing.causal_rule
  if (applied.length !== times) {
    throw inconsistent('routing.causal_rule.threshold_applied', `${times} recursions need as many`)
  }
  if (source !== undefined && (source === 'aux_router') !== (routing.auxiliary === 'aux_router')) {
    throw inconsistent('routing.causal_rule.source', `auxiliary is ${routing.auxiliary}`)
  }
  return { capacities, thresholded: [...applied.keys()].filter((r) => every || applied[r]) }
}

/** Per recursion: prefixes of the router's weights and of the auxiliary router's, which is null where there is none. */
function routerNames(
  { weights, auxiliary }: Routing,
  times: number,
  moduleOf: (r: number) => string,
): { router: string; aux: string | null }[] {
  const has = auxiliary === 'aux_router'
  if (weights && weights.length !== times) throw inconsistent('routing.weights', `${times} recursions need as many`)
  return Array.from({ length: times }, (_, r) => {
    const given = weights?.[r]
    if (given?.recursion !== undefined && given.recursion !== r + 1) {
      throw inconsistent(`routing.weights.${r}.recursion`, 'recursions must stand in their order')
    }
    return {
      router: given?.router ?? `${moduleOf(r)}.mor_router.router`,
      aux: has ? (given?.aux_router ?? `${moduleOf(r)}.mlp_router.router`) : null,
    }
  })
}

function explanation(times: number, capacities: readonly number[], saving: readonly number[]): string {
  if (saving.length === 0) {
    return `Every token runs all ${times} recursions: this model was trained with no recursion that saves compute.`
  }
  const shares = saving.map((r) => `${Math.round(100 * capacities[r]!)} % for recursion ${r + 1}`).join(', ')
  return `A budget is a greatest depth and a share of the tokens in the last recursion, chosen by the router scores of late. The model was trained for one budget only (${shares}) and its scores hardly tell other tokens apart: expect worse answers elsewhere.`
}
