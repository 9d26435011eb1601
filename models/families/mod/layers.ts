import { PORT } from '../../plan/ports.ts'
import { exactLinear } from '../../graphs/linear.ts'
import type { Target } from '../../graphs/linear.ts'
import { transpose } from '../../graphs/quantise.ts'
import type { Expert } from '../../graphs/experts.ts'
import { columns, expertShares } from '../../graphs/experts.ts'
import type { AttentionMatrices } from '../../graphs/llama-layer.ts'
import { attentionSublayer, swiglu } from '../../graphs/llama-layer.ts'
import { norm, settled } from '../../graphs/norm.ts'
import { attentionInputs, layerCache, giveKv } from '../../graphs/stage.ts'
import type { LayerNorms, LlamaShape } from '../llama.ts'
import { layerSizes, readNorms } from '../llama.ts'
import { PART_NAMES, partSize } from '../llama-parts.ts'
import type { ModConfig } from './config.ts'
import { needsPredictor } from './config.ts'
import type { TensorReader } from '../tensors.ts'

/** A two-layer predictor of whether a token is processed: fc2(silu(fc1 x)). */
interface Predictor {
  weight1: Float32Array
  bias1: Float32Array
  weight2: Float32Array
  bias2: Float32Array
}

/** One layer's weights. */
export interface ModLayer {
  name: string
  attention: AttentionMatrices
  norms: LayerNorms
  experts: Expert[]
  /** [rows, D] of the experts' gate, the last row the no-op's where there is one. */
  gate: Float32Array
  /** What a routed layer decides by. */
  router: Float32Array | null
  predictor: Predictor | null
}

/** @param routed whether tokens may pass the layer by @throws DepthwiseError MODEL_WEIGHTS */
export function readModLayer(
  tensors: TensorReader,
  config: ModConfig,
  shape: LlamaShape,
  index: number,
  routed: boolean,
): ModLayer {
  const prefix = `model.layers.${index}`
  const { hiddenSize: hidden } = shape
  const inner = config.moe_intermediate_size
  const part = (name: 'q' | 'k' | 'v' | 'o') =>
    tensors.matrix(`${prefix}.${PART_NAMES[name]}.weight`, ...partSize(layerSizes(shape), name))
  const moe = `${prefix}.block_sparse_moe`
  const experts = Array.from({ length: config.num_local_experts }, (_, e): Expert => {
    const name = `${moe}.experts.${e}`
    return {
      name,
      matrices: {
        gate: tensors.matrix(`${name}.w1.weight`, inner, hidden),
        up: tensors.matrix(`${name}.w3.weight`, inner, hidden),
        down: tensors.matrix(`${name}.w2.weight`, hidden, inner),
      },
    }
  })
  const rows = experts.length + (routed ? config.noop_experts : 0)
  const staged = config.mode_type === 'staged'
  return {
    name: prefix,
    attention: { name: prefix, q: part('q'), k: part('k'), v: part('v'), o: part('o') },
    norms: readNorms(tensors, prefix, [hidden]),
    experts,
    gate: transpose(tensors.floats(`${moe}.gate.weight`, [rows, hidden]), rows, hidden),
    router: routed && staged ? tensors.floats(`${prefix}.mod_router.weight`, [1, hidden]) : null,
    predictor: routed ? readPredictor(tensors, `${prefix}.mod_predictor`, config) : null,
  }
}

/** Null where no rule asks for one and none is stored. */
function readPredictor(tensors: TensorReader, name: string, config: ModConfig): Predictor | null {
  const { hidden_size: hidden, predictor_hidden_size: width } = config
  if (width === undefined || (!needsPredictor(config) && !tensors.has(`${name}.fc1.weight`))) return null
  return {
    weight1: transpose(tensors.floats(`${name}.fc1.weight`, [width, hidden]), width, hidden),
    bias1: tensors.floats(`${name}.fc1.bias`, [width]),
    weight2: tensors.floats(`${name}.fc2.weight`, [1, width]),
    bias2: tensors.floats(`${name}.fc2.bias`, [1]),
  }
}

/** Input `state`; outputs `weight` and `score` [S, 1] of a staged layer, and `shares` [S, experts] of none. */
export function routeGraph(target: Target, layer: ModLayer, config: ModConfig, hidden: number): void {
  const { graph } = target
  const state = graph.input(PORT.state, 'float32', ['S', hidden])
  const weight = exactLinear(graph, state, graph.floats('router', [hidden, 1], layer.router!))
  const score = config.rule === 'predictor' ? predicted(target, layer.predictor!, state, hidden) : weight
  graph.output(weight, 'weight', 'float32', ['S', 1])
  graph.output(score, 'score', 'float32', ['S', 1])
  // of an earlier layer: a token that passes this one by must not be seen by its experts
  const none = graph.node('Mul', [
    weight,
    graph.floats('no_expert', [1, config.num_local_experts], new Float32Array(config.num_local_experts)),
  ])
  graph.output(none, 'shares', 'float32', ['S', config.num_local_experts])
}

/** fc2(silu(fc1 x)), [S, 1], in float32. */
function predicted({ graph }: Target, predictor: Predictor, x: string, hidden: number): string {
  const width = predictor.bias1.length
  const first = exactLinear(
    graph,
    x,
    graph.floats('predictor.weight1', [hidden, width], predictor.weight1),
    graph.floats('predictor.bias1', [width], predictor.bias1),
  )
  const active = graph.node('QuickGelu', [first], { domain: 'com.microsoft', attributes: { alpha: 1 } })
  return exactLinear(
    graph,
    active,
    graph.floats('predictor.weight2', [width, 1], predictor.weight2),
    graph.floats('predictor.bias2', [1], predictor.bias2),
  )
}

/**
 * Attention, and which experts are asked. Input `state` and, of a staged routed layer, `weight`; outputs `next_state`
 * with what attention gives (all of it, where the only expert is run at once), `normed`, what experts see, and
 * - `chosen` [S, experts]: what each expert counts
 * - of an integrated routed layer `score` [S, 1], and `shares` [S, experts] of none
 */
export function layerGraph(target: Target, layer: ModLayer, config: ModConfig, shape: LlamaShape): void {
  const { graph } = target
  const { hiddenSize: hidden, epsilon } = shape
  const wide = ['S', hidden] as const
  const named = (leaf: string, values: Float32Array): string => graph.floats(`${layer.name}.${leaf}`, [hidden], values)
  const context = attentionInputs(target, shape)
  const input = graph.input(PORT.state, 'float32', wide)
  const { stream, own } = attentionSublayer(
    target,
    { state: input, delta: null },
    layer.attention,
    { attentionNorm: named('attentionNorm', layer.norms.attentionNorm), cache: layerCache(target, shape, 0) },
    context,
  )
  giveKv(target, shape, [own])
  const { normed } = norm(graph, stream, named('mlpNorm', layer.norms.mlpNorm), epsilon)
  graph.output(normed, 'normed', 'float32', wide)
  const chosen = gateOf(target, layer, config, normed, hidden)
  graph.output(chosen, 'chosen', 'float32', ['S', layer.experts.length])
  const gave = alone(config, layer)
    ? graph.node('Add', [stream.delta, swiglu(target, layer.experts[0]!.name, layer.experts[0]!.matrices, normed)])
    : stream.delta
  graph.output(
    layer.router ? weighted(target, input, gave, config) : settled(graph, { state: input, delta: gave }),
    PORT.nextState,
    'float32',
    wide,
  )
}

/** Whether a layer's only expert is asked by every token that the layer processes. */
export function alone(config: ModConfig, layer: ModLayer): boolean {
  return layer.experts.length === 1 && (config.mode_type === 'staged' || !layer.predictor)
}

/** state + weight · f, where f is what the layer adds and, if so configured, its input too. */
function weighted({ graph }: Target, state: string, gave: string, config: ModConfig): string {
  const f = config.f_with_residual ? graph.node('Add', [state, gave]) : gave
  return graph.node('Add', [state, graph.node('Mul', [f, graph.input('weight', 'float32', ['S', 1])])])
}

/** What each expert counts for a row, and of an integrated routed layer what decides whether any does. */
function gateOf(target: Target, layer: ModLayer, config: ModConfig, normed: string, hidden: number): string {
  const { graph } = target
  const { num_experts_per_tok: top, norm_topk_prob: renormalise, num_local_experts: experts } = config
  const rows = layer.gate.length / hidden
  const logits = exactLinear(graph, normed, graph.floats(`${layer.name}.gate`, [hidden, rows], layer.gate))
  const shares = (of: string, count: number): string => {
    const all = expertShares(graph, of, { count, top, renormalise })
    target.tap('shares', ['S', count], () => all)
    return all
  }
  if (rows === experts) return shares(logits, experts)
  const real = columns(graph, logits, 0, experts)
  const best = graph.node('ReduceMax', [real, graph.ints([1])], { attributes: { keepdims: { int: 1 } } })
  const margin = graph.node('Sub', [best, columns(graph, logits, experts, rows)])
  const score = config.rule === 'predictor' ? predicted(target, layer.predictor!, normed, hidden) : margin
  graph.output(score, 'score', 'float32', ['S', 1])
  const none = graph.node('Mul', [score, graph.floats('no_expert', [1, experts], new Float32Array(experts))])
  graph.output(none, 'shares', 'float32', ['S', experts])
  if (config.rule !== 'token_choice') return shares(real, experts)
  return columns(graph, shares(logits, rows), 0, experts)
}

/** Input `chosen`, output `shares`, the same: the experts of those that are let to them. */
export function takeGraph({ graph }: Target, experts: number): void {
  const dims = ['S', experts]
  graph.output(graph.input('chosen', 'float32', dims), 'shares', 'float32', dims)
}
