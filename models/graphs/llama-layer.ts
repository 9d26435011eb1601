import type { AttentionContext, KeyValue } from './attention.ts'
import type { GraphBuilder } from './builder.ts'
import type { LayerBase } from './layer-base.ts'
import type { Target } from './linear.ts'
import { gatedProduct, linear } from './linear.ts'
import type { Matrix, Part } from './matrix.ts'
import { stack } from './matrix.ts'
import type { NormWeight, Stream } from './norm.ts'
import { norm, rmsNorm, settled } from './norm.ts'
import { selfAttention } from './self-attention.ts'

type AttentionMap = 'q' | 'k' | 'v' | 'o'

export interface LayerMatrices extends LayerBase, Readonly<Record<Part, Matrix>> {}
export interface AttentionMatrices extends LayerBase, Readonly<Record<AttentionMap, Matrix>> {}

/** What a visit may change in a layer. */
export interface LayerExtras {
  /** Changes the products of some maps that run as one: (x [S, cols], x · Wᵀ [S, rows], maps) → [S, rows]. */
  adapt?: (x: string, product: string, parts: readonly Part[]) => string
  /** Keys and values [N, kvHeads, headDim] that every row attends to besides, in a softmax of its own. */
  prompt?: KeyValue
  /** [D], the layer's output is multiplied by it. */
  encoding?: string
  /** RMSNorm weights [D] of what attention and the MLP give, before it is added to the stream (sandwich norms). */
  attentionOutputNorm?: string
  mlpOutputNorm?: string
  /** Its heads are not turned by RoPE. */
  unturned?: true
}

export interface LayerInputs extends LayerExtras {
  /** RMSNorm weights before attention and before the MLP, null where there is none; values of the graph. */
  attentionNorm: NormWeight | null
  mlpNorm: NormWeight | null
  /** The layer's cache; of a device's form as devicePast has it. */
  cache: KeyValue
}

export interface LayerResult {
  stream: Stream
  /** As Attended has it. */
  own: KeyValue
}

/**
 * One pre-norm Llama layer: `x += o(attention(norm x))`, `x += down(silu(gate n) · up n)` on `n = norm x`, either sum
 * behind a norm of its own where the layer has one. Rows: [S, D].
 */
export function llamaLayer(
  target: Target,
  stream: Stream,
  matrices: LayerMatrices,
  inputs: LayerInputs,
  context: AttentionContext,
): LayerResult {
  const { graph } = target
  const { epsilon } = context
  const project: Project = (x, ...parts) => projected(target, matrices, inputs, x, parts)
  const { own, ...attended } = attentionSublayer(target, stream, matrices, inputs, context)
  const between = norm(graph, attended.stream, inputs.mlpNorm, epsilon)
  const fused =
    inputs.adapt || matrices.biases
      ? null
      : gatedProduct(target, between.normed, ofPart(matrices, 'gate'), ofPart(matrices, 'up'))
  const gave = project(fused ?? gatedBy(graph, project, between.normed), 'down')
  const { encoding, mlpOutputNorm } = inputs
  const after = {
    state: between.state,
    delta: mlpOutputNorm === undefined ? gave : rmsNorm(graph, gave, mlpOutputNorm, epsilon),
  }
  if (encoding === undefined) return { stream: after, own }
  return { stream: { state: graph.node('Mul', [settled(graph, after), encoding]), delta: null }, own }
}

/** The first half of a layer: the stream behind it is its state, and what attention adds. */
export function attentionSublayer(
  target: Target,
  stream: Stream,
  matrices: AttentionMatrices,
  inputs: Omit<LayerInputs, 'mlpNorm'>,
  context: AttentionContext,
): { stream: { state: string; delta: string }; own: KeyValue } {
  const { graph } = target
  const project: Project<AttentionMap> = (x, ...parts) => projected(target, matrices, inputs, x, parts)
  const before = norm(graph, stream, inputs.attentionNorm, context.epsilon)
  const heads = (...parts: ('q' | 'k' | 'v')[]): string => project(before.normed, ...parts)
  const { attended, own } = selfAttention(graph, heads, matrices, inputs, context)
  const gave = project(gated(target, before.normed, attended, matrices.attentionGate), 'o')
  const { attentionOutputNorm: weight } = inputs
  const delta = weight === undefined ? gave : rmsNorm(graph, gave, weight, context.epsilon)
  return { stream: { state: before.state, delta }, own }
}

/** down(silu(gate · x) · up · x), [S, D] → [S, D]. */
export function swiglu(
  target: Target,
  name: string,
  matrices: Record<'gate' | 'up' | 'down', Matrix>,
  x: string,
): string {
  const project: Project<'gate' | 'up' | 'down'> = (from, ...parts) =>
    projected(target, { name, ...matrices }, {}, from, parts)
  return project(gatedBy(target.graph, project, x), 'down')
}

/** attended · sigmoid(gate · x), where there is a gate. */
function gated(target: Target, x: string, attended: string, gate: Matrix | undefined): string {
  if (!gate) return attended
  const { graph } = target
  return graph.node('Mul', [attended, graph.node('Sigmoid', [linear(target, x, gate)])])
}

type Project<Map extends Part = Part> = (x: string, ...parts: Map[]) => string

/** x through some maps as one multiplication, [S, rows of all]. */
function projected<Map extends Part>(
  target: Target,
  layer: LayerBase & Readonly<Record<Map, Matrix>>,
  extras: LayerExtras,
  x: string,
  parts: Map[],
): string {
  const { graph } = target
  const matrices = parts.map((part) => layer[part])
  const name = `${layer.name}.${parts.join('_')}`
  const whole = matrices.length === 1 ? matrices[0]! : stack(name, matrices)
  const product = linear(target, x, { ...whole, parts })
  const adapted = extras.adapt?.(x, product, parts) ?? product
  const { biases } = layer
  if (!biases || parts.every((part) => biases[part] === undefined)) return adapted
  const bias = parts.flatMap((part, i) => [...(biases[part] ?? new Float32Array(matrices[i]!.rows))])
  return graph.node('Add', [adapted, graph.floats(`${name}.bias`, [bias.length], Float32Array.from(bias))])
}

/** A matrix that says which map it is, as the products of a layer have it. */
const ofPart = <Map extends Part>(layer: Readonly<Record<Map, Matrix>>, part: Map): Matrix => ({
  ...layer[part],
  parts: [part],
})

/** silu(gate · x) · up · x */
function gatedBy(graph: GraphBuilder, project: Project<'gate' | 'up' | 'down'>, x: string): string {
  // two products: to take one apart would be to copy it, which takes longer than a second multiplication does to begin
  const [gate, up] = [project(x, 'gate'), project(x, 'up')]
  // QuickGelu with alpha 1 is SiLU in one operator
  const active = graph.node('QuickGelu', [gate], { domain: 'com.microsoft', attributes: { alpha: 1 } })
  return graph.node('Mul', [active, up])
}
