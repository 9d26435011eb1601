import { PORT } from '../../plan/ports.ts'
import * as v from 'valibot'
import type { GraphBuilder } from '../../graphs/builder.ts'
import { plainRouter, scaled, scored } from '../../graphs/plain-router.ts'
import { clears, register, STATE } from '../../plan/visit.ts'
import type { ModelWriter } from '../build.ts'
import type { Compiled } from '../compiled.ts'
import { compiled } from '../compiled.ts'
import { defineFamily } from '../family.ts'
import { morFields, readMor, routingFields, TOKEN_MODULE } from './config.ts'
import { MorLayers, Routers } from './layers.ts'
import type { TensorReader } from '../tensors.ts'

const ConfigSchema = v.object({
  ...morFields,
  routing: v.object({
    ...routingFields,
    kind: v.optional(v.literal('token_choice'), 'token_choice'),
    score: v.picklist(['softmax', 'sigmoid']),
    alpha: v.pipe(v.number(), v.finite(), v.gtValue(0)),
    balancing: v.optional(v.picklist(['loss', 'loss_free']), 'loss'),
    weights: v.optional(v.object({ router: v.string(), router_bias: v.nullish(v.string()) })),
  }),
})
type Config = v.InferOutput<typeof ConfigSchema>

/** argmax takes the first of equals, so a margin of nothing does not clear it: the least number above 0. */
const ABOVE_ZERO = Number.MIN_VALUE

/**
 * Mixture-of-Recursions, token choice (arXiv 2507.10524 §2.2.1, eq. 2.2) as the authors' code computes it: one router
 * reads the stream H before the recursions and gives each depth a chance p = α · softmax or sigmoid; the token runs as many recursions as
 * the greatest p (plus a bias, with loss-free balancing) says, ungated, and ends as `H + p_depth · block(…)`. A depth of
 * r or more is a margin: the best choice from r on less the best before it. A minimal config.json for a checkpoint of
 * the authors' code is that of mor-expert with `"model_type": "mor-token"` and
 * `"routing": { "score": "softmax", "alpha": 1, "balancing": "loss" }`.
 */
export const morToken = defineFamily('mor-token', ConfigSchema, compile)

async function compile(config: Config, tensors: TensorReader, writer: ModelWriter): Promise<Compiled> {
  const mor = readMor(config, 'token')
  const { shape, times } = mor
  const { hiddenSize } = shape
  const { routing } = config
  const weighted = routing.gate === 'weighted'
  const routers = new Routers('router', routing.router, hiddenSize, times)
  const router = routing.weights?.router ?? `${TOKEN_MODULE}.mor_router.router`
  const constants = routers.bind(router, routing.router.temperature, tensors, writer)
  const biased = routing.balancing === 'loss_free'
  if (biased) {
    const name = routing.weights?.router_bias ?? `${TOKEN_MODULE}.router_bias`
    constants.bias = writer.constant(name, [times], tensors.floats(name, [times]))
  }

  const layers = new MorLayers(mor, tensors, writer)
  const ends = await layers.ends((target, state) => {
    const { graph } = target
    const logits = plainRouter(graph, state, routers.declare(graph))
    const chances = scaled(graph, scored(graph, logits, routing.score), routing.alpha)
    const choices = biased ? graph.node('Add', [chances, graph.input('bias', 'float32', [times])]) : chances
    if (weighted) graph.output(chances, 'chances', 'float32', ['S', times])
    if (times > 1) graph.output(margins(graph, choices, times), 'margins', 'float32', ['S', times - 1])
    target.tap('router_logits', ['S', times], () => logits)
    target.tap('probabilities', ['S', times], () => chances)
    target.tap('choice_values', ['S', times], () => choices)
  })
  const block = await layers.block((target, _, out) => {
    const { graph } = target
    const wide = ['S', hiddenSize]
    const first = graph.input('first', 'float32', wide)
    const chance = (): string =>
      graph.node('MatMul', [
        graph.input('chances', 'float32', ['S', times]),
        graph.input('depth', 'float32', [times, 1]),
      ])
    graph.output(out, 'next_current', 'float32', wide)
    graph.output(
      graph.node('Add', [first, weighted ? graph.node('Mul', [out, chance()]) : out]),
      PORT.nextState,
      'float32',
      wide,
    )
  })

  const recursions = Array.from({ length: times }, (_, r) =>
    block(r, {
      constants: weighted ? { depth: writer.constant(`depth.${r}`, [times, 1], oneHot(times, r)) } : {},
      // who leaves behind this recursion has the state that it ends with
      inputs: { state: r === 0 ? 'first' : 'current', first: 'first', ...(weighted && { chances: 'chances' }) },
      outputs: { next_current: 'current', [PORT.nextState]: STATE },
      admission: r === 0 ? [] : [clears(r - 1, 'margins', r - 1)],
      refusal: 'tail',
    }),
  )
  const kept = { ...(weighted && { chances: 'chances' }), ...(times > 1 && { margins: 'margins' }) }
  const thresholds = times - 1
  return compiled(shape, {
    maxDepth: times,
    visits: [ends.enter({ constants, outputs: { [PORT.nextState]: 'first', ...kept } }), ...recursions, ends.leave()],
    registers: {
      first: register(hiddenSize),
      current: register(hiddenSize),
      ...(weighted && { chances: register(times) }),
      ...(times > 1 && { margins: register(thresholds) }),
    },
    endTokens: mor.endTokens,
    policy:
      thresholds === 0
        ? { kind: 'fixed' }
        : {
            kind: 'quantile',
            trained: Array<number>(thresholds).fill(ABOVE_ZERO),
            capacities: Array.from({ length: thresholds }, (_, j) => (thresholds - j) / times),
            deepening: true,
          },
    explanation:
      thresholds > 0
        ? `A budget is a greatest depth and a share of the tokens in the last recursion: those that the router would rather send on, by its scores of late. The model was trained to choose one of ${times} depths for each token and for no other budget: expect worse answers elsewhere.`
        : 'This model has one recursion only: there is nothing to save.',
  })
}

/** choices [S, N] → [S, N − 1]: per recursion r from the second, the best choice from r on less the best before it. */
function margins(graph: GraphBuilder, choices: string, count: number): string {
  const each = graph.multi('Split', [choices], {
    outputs: count,
    attributes: { axis: { int: 1 }, num_outputs: { int: count } },
  })
  const best = (values: readonly string[]): string[] => {
    const running: string[] = []
    for (const value of values) running.push(running.length === 0 ? value : graph.node('Max', [running.at(-1)!, value]))
    return running
  }
  const [before, from] = [best(each), best(each.toReversed()).toReversed()]
  const apart = Array.from({ length: count - 1 }, (_, j) => graph.node('Sub', [from[j + 1]!, before[j]!]))
  return graph.node('Concat', apart, { attributes: { axis: { int: 1 } } })
}

function oneHot(count: number, at: number): Float32Array {
  return Float32Array.from({ length: count }, (_, i) => (i === at ? 1 : 0))
}
