import { isDeepStrictEqual } from 'node:util'
import type { Plan } from '../../plan/plan.ts'
import type { Fixture } from '../fixture.ts'
import type { Reading } from '../reading.ts'
import { greatest } from '../rules.ts'
import type { Source, Table } from './table.ts'
import { none, observed, OWN_CHECKS } from './table.ts'

/** `_RULE`, with a variant of it: f with its input, or another number of experts. */
const RUN = /_((predictor|aux|token_choice|topk)(_f_with_residual)?(?:_top(\d+))?)(?:\.|$)/

/**
 * Mixture-of-Depths and MoDE: see README-looped.md of the recordings. The graphs of layer i are `route.i`, where a staged
 * layer decides, `layer.i`, `take` behind an integrated layer, and one for each expert.
 */
export const mixtureOfDepths: Table = {
  readings: (fixture) =>
    Object.fromEntries(
      fixture.tensors.flatMap(({ name }) => {
        const match = RUN.exec(name)
        return match ? [[match[1]!, reading(match, fixture)]] : []
      }),
    ),
  tensors: [
    [/^logits_(\w+)$/, ([, rule]) => observed('logits', rule)],
    [/^processed_(\w+)$/, ([, rule]) => derived(rule!, processed)],
    [/^score_(\w+)$/, ([, rule]) => derived(rule!, scores)],
    [/^experts_(\w+)$/, ([, rule]) => derived(rule!, experts)],
    [/^generate_(\w+)\.logits$/, ([, rule]) => ({ kind: 'generated', call: `generate_${rule}`, reading: rule! })],
  ],
  facts: [
    [/^calls\.generate_(\w+)\.sequences\.generated$/, ([, rule]) => ({ kind: 'ids', reading: rule! })],
    [
      /^calls\.generate_(\w+)\.sequences\.processed_per_mod_layer$/,
      ([, rule]) => ({
        kind: 'answered',
        holds: ({ plan, visits }, { value }) =>
          isDeepStrictEqual(
            visits.map((ran) =>
              routedLayers(plan).map((layer) => (deciding(plan, layer).some((v) => ran.includes(v)) ? 1 : 0)),
            ),
            value,
          ),
        reading: rule!,
      }),
    ],
    [
      /^calls\.generate_(\w+)\.sequences\.kv_rows_per_layer$/,
      ([, rule]) => ({
        kind: 'answered',
        holds: ({ kvRows }, { value }) => isDeepStrictEqual(kvRows, value),
        reading: rule!,
      }),
    ],
    [
      /^calls\.forward_\w+\.(score|processed_fraction_per_mod_layer|min_abs_score)$/,
      none('follows from the recorded tensors'),
    ],
    [/min_top2_margin$|max_abs_diff|min_abs_score$/, OWN_CHECKS],
    [/\.sequences\.sequence$/, none('is an index')],
  ],
}

function reading([, , rule, residual, experts]: RegExpExecArray, fixture: Fixture): Reading {
  const settings = {
    rule,
    ...(residual !== undefined && { f_with_residual: true }),
    ...(experts !== undefined && { num_experts_per_tok: Number(experts) }),
  }
  return rule === 'topk' ? { settings, ...topK(fixture) } : { settings }
}

/** The rule of training: of a whole text, those with the largest scores. It looks ahead, so only one pass is like it. */
function topK({ config }: Fixture): Reading {
  const capacity = (config as { mod_capacity: number }).mod_capacity
  const rule = greatest('score', (candidates) => capacity * candidates)
  return { options: () => ({ rule }), feedings: ['one pass'] }
}

type Values = (name: string) => Float32Array

function derived(reading: string, of: (value: Values, plan: Plan) => Float32Array): Source {
  return { kind: 'derived', of, reading }
}

/** Index of the visit of a graph. */
const at = (plan: Plan, graph: string): number => plan.visits.findIndex((visit) => visit.graph === graph)

function layersOf(plan: Plan): number[] {
  return plan.visits.flatMap(({ graph }) => (graph.startsWith('layer.') ? [Number(graph.slice('layer.'.length))] : []))
}

/** Layers that tokens may pass by, wholly or their experts. */
function routedLayers(plan: Plan): number[] {
  return layersOf(plan).filter(
    (layer) => isStaged(plan, layer) || plan.visits[at(plan, `layer.${layer}`) + 1]?.graph === 'take',
  )
}

const isStaged = (plan: Plan, layer: number): boolean => `route.${layer}` in plan.forms.host

/** The visits of a routed layer of which one runs a token that it processes. */
function deciding(plan: Plan, layer: number): number[] {
  if (isStaged(plan, layer)) return [at(plan, `layer.${layer}`)]
  return plan.visits.flatMap(({ graph }, v) => (graph.startsWith(`expert.${layer}.`) ? [v] : []))
}

/** [routed layers, tokens], 1 where a layer processed a token. */
function processed(value: Values, plan: Plan): Float32Array {
  const tokens = value('depth').length
  const rows = routedLayers(plan).map((layer) => {
    const ran = deciding(plan, layer).map((v) => value(`ran.${v}`))
    return Array.from({ length: tokens }, (_, t) => (ran.some((each) => each[t] === 1) ? 1 : 0))
  })
  return Float32Array.from(rows.flat())
}

/** [routed layers, tokens] */
function scores(value: Values, plan: Plan): Float32Array {
  const graph = (layer: number): string => (isStaged(plan, layer) ? `route.${layer}` : `layer.${layer}`)
  return Float32Array.from(routedLayers(plan).flatMap((layer) => [...value(`out.${at(plan, graph(layer))}.score`)]))
}

/** [layers, tokens, k]: experts by falling share; −1 where a token passed the layer by, their number where it has none. */
function experts(value: Values, plan: Plan): Float32Array {
  const tokens = value('depth').length
  const done = processed(value, plan)
  const routed = routedLayers(plan)
  const count = plan.registers.chosen!.width
  const perLayer = layersOf(plan).map((layer) => {
    const all = value(`out.${at(plan, `layer.${layer}`)}.tap.shares`)
    const width = all.length / tokens
    return Array.from({ length: tokens }, (_, t): number[] => {
      const shares = [...all.subarray(t * width, (t + 1) * width)]
      const chosen = shares.flatMap((share, e) => (share > 0 ? [e] : [])).sort((a, b) => shares[b]! - shares[a]!)
      const mine = routed.indexOf(layer)
      const passed = mine >= 0 && done[mine * tokens + t] === 0
      if (passed && isStaged(plan, layer)) return [-1]
      return passed ? chosen.map(() => count) : chosen
    })
  })
  const k = Math.max(...perLayer.flat().map((list) => list.length))
  return Float32Array.from(
    perLayer.flat().flatMap((list) => Array.from({ length: k }, (_, i) => list[i] ?? list[0] ?? -1)),
  )
}
