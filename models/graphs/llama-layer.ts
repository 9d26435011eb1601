import type { AttentionContext, KeyValue, OwnRows } from './attention.ts'
import { attend, attendAside, rotate } from './attention.ts'
import type { GraphBuilder } from './builder.ts'
import { attendOnDevice, branchOnDevice } from './device-attention.ts'
import type { Target } from './linear.ts'
import { linear } from './linear.ts'
import type { Matrix } from './matrix.ts'
import { stack } from './matrix.ts'

/** The linear maps of a Llama layer. */
export type Part = 'q' | 'k' | 'v' | 'o' | 'gate' | 'up' | 'down'

type AttentionMap = 'q' | 'k' | 'v' | 'o'
const MLP: readonly Part[] = ['gate', 'up', 'down']

/** What belongs to a layer beside its matrices, whoever visits it. */
interface LayerBase {
  name: string
  /** What is added to a map's products [rows]. */
  biases?: Readonly<Partial<Record<Part, Float32Array>>>
  /** RMSNorm weights [headDim] over every head of q and of k, before RoPE. */
  headNorms?: { q: Float32Array; k: Float32Array }
  /** [heads · headDim, D]: its sigmoid on the layer's normed input multiplies what attention gives, before `o`. */
  attentionGate?: Matrix
}

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
}

export interface LayerInputs extends LayerExtras {
  /** RMSNorm weights before attention and before the MLP; values of the graph. */
  attentionNorm: NormWeight
  mlpNorm: NormWeight
  /** The layer's cache; of a device's form as devicePast has it. */
  cache: KeyValue
}

/** The residual stream between two layers: `state` plus a `delta` that the next norm adds, in one operator. */
export interface Stream {
  state: string
  delta: string | null
}

export interface LayerResult {
  stream: Stream
  /** What this run adds to the cache, no rows where it does not write; on a device, the cache with it. */
  own: OwnRows
}

/**
 * A norm's weight: [D] for all rows, or [S, D] with one of its own for every row. `ones` [D] where the norm itself takes
 * one for all only, as on WebGPU.
 */
export type NormWeight = string | { perRow: string; ones: string | null }

/** RMSNorm of x over its last axis. */
export function rmsNorm(graph: GraphBuilder, x: string, weight: NormWeight, epsilon: number): string {
  const normed = (by: string): string =>
    graph.node('SimplifiedLayerNormalization', [x, by], {
      attributes: { epsilon, axis: { int: -1 }, stash_type: { int: 1 } },
    })
  if (typeof weight === 'string') return normed(weight)
  return weight.ones === null ? normed(weight.perRow) : graph.node('Mul', [normed(weight.ones), weight.perRow])
}

/** RMSNorm of the stream; gives the stream's sum too. */
export function norm(
  graph: GraphBuilder,
  stream: Stream,
  weight: NormWeight,
  epsilon: number,
): { state: string; normed: string } {
  const forAll = typeof weight === 'string' ? weight : weight.ones
  if (stream.delta === null || forAll === null) {
    const state = settled(graph, stream)
    return { state, normed: rmsNorm(graph, state, weight, epsilon) }
  }
  const [normed, , , state] = graph.multi('SkipSimplifiedLayerNormalization', [stream.state, stream.delta, forAll], {
    domain: 'com.microsoft',
    attributes: { epsilon },
    outputs: 4,
  })
  if (typeof weight === 'string') return { state: state!, normed: normed! }
  return { state: state!, normed: graph.node('Mul', [normed!, weight.perRow]) }
}

export function settled(graph: GraphBuilder, stream: Stream): string {
  return stream.delta === null ? stream.state : graph.node('Add', [stream.state, stream.delta])
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
  const gave = mlp(graph, project, between.normed)
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
): { stream: { state: string; delta: string }; own: OwnRows } {
  const { graph } = target
  const project: Project<AttentionMap> = (x, ...parts) => projected(target, matrices, inputs, x, parts)
  const before = norm(graph, stream, inputs.attentionNorm, context.epsilon)
  const { attended, own } = attention(graph, project, before.normed, matrices, inputs, context)
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
  return mlp(target.graph, project, x)
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
  const product = linear(target, x, { ...whole, coarse: parts.every((part) => MLP.includes(part)) })
  const adapted = extras.adapt?.(x, product, parts) ?? product
  const { biases } = layer
  if (!biases || parts.every((part) => biases[part] === undefined)) return adapted
  const bias = parts.flatMap((part, i) => [...(biases[part] ?? new Float32Array(matrices[i]!.rows))])
  return graph.node('Add', [adapted, graph.floats(`${name}.bias`, [bias.length], Float32Array.from(bias))])
}

interface Attended {
  attended: string
  own: OwnRows
}

function attention(
  graph: GraphBuilder,
  project: Project<AttentionMap>,
  x: string,
  matrices: LayerBase,
  inputs: Pick<LayerInputs, 'cache' | 'prompt'>,
  context: AttentionContext,
): Attended {
  const { heads, kvHeads, headDim } = context.shape
  const { cache, prompt } = inputs
  const { device } = context
  const kv = kvHeads * headDim
  const byHeads = device ? [kv] : Array<number>(kvHeads).fill(headDim)
  const divide = (whole: string, sizes: number[]): string[] =>
    graph.multi('Split', [whole, graph.ints(sizes)], { outputs: sizes.length, attributes: { axis: { int: -1 } } })
  const withPrompt = (q: string, { attended, own }: Attended): Attended => ({
    attended: prompt ? graph.node('Add', [attended, attendAside(graph, q, prompt, context)]) : attended,
    own,
  })
  const result = (q: string, own: OwnRows): Attended =>
    withPrompt(
      q,
      device
        ? attendOnDevice(graph, q, own, cache, context.shape, device)
        : { attended: attend(graph, q, cache, own, context), own },
    )
  const normed = (rows: string, of: 'q' | 'k'): string => headNormed(graph, rows, matrices, of, context)

  if (context.writes === 'always') {
    const qkv = project(x, 'q', 'k', 'v')
    let both: string, values: string[]
    if (matrices.headNorms) {
      const [q, k, ...rest] = divide(qkv, [heads * headDim, kv, ...byHeads])
      both = graph.node('Concat', [normed(q!, 'q'), normed(k!, 'k')], { attributes: { axis: { int: -1 } } })
      values = rest
    } else {
      ;[both, ...values] = divide(qkv, [heads * headDim + kv, ...byHeads]) as [string, ...string[]]
    }
    const [q, ...keys] = divide(rotate(graph, both, heads + kvHeads, context), [heads * headDim, ...byHeads])
    return result(q!, { keys, values })
  }
  const raw = rotate(graph, normed(project(x, 'q'), 'q'), heads, context)
  const written = (): OwnRows => {
    const [k, ...values] = divide(project(x, 'k', 'v'), [kv, ...byHeads])
    return { keys: divide(rotate(graph, normed(k!, 'k'), kvHeads, context), byHeads), values }
  }
  if (device) {
    return withPrompt(raw, branchOnDevice(graph, context.writes.when, raw, written, cache, context.shape, device))
  }
  const [q, ...rows] = graph.branch(
    context.writes.when,
    () => {
      const { keys, values } = written()
      return [raw, ...keys, ...values]
    },
    () => {
      const none = (name: string, dims: number[]): string => graph.floats(name, dims, new Float32Array(0))
      const [key, value] = [none('no_keys', [1, 0, headDim]), none('no_values', [0, headDim])]
      return [raw, ...byHeads.map(() => key), ...byHeads.map(() => value)]
    },
  )
  return result(q!, { keys: rows.slice(0, kvHeads), values: rows.slice(kvHeads) })
}

/** RMSNorm over every head of q or k, where the layer has one. rows: [S, heads · headDim] */
function headNormed(
  graph: GraphBuilder,
  rows: string,
  { name, headNorms }: LayerBase,
  of: 'q' | 'k',
  context: AttentionContext,
): string {
  if (!headNorms) return rows
  const { heads, kvHeads, headDim } = context.shape
  const count = of === 'q' ? heads : kvHeads
  const weight = graph.floats(`${name}.${of}_norm`, [headDim], headNorms[of])
  const byHead = graph.node('Reshape', [rows, graph.ints([-1, count, headDim])])
  const normed = rmsNorm(graph, byHead, weight, context.epsilon)
  return graph.node('Reshape', [normed, graph.ints([-1, count * headDim])])
}

function mlp(graph: GraphBuilder, project: Project<'gate' | 'up' | 'down'>, x: string): string {
  // two products: to take one apart would be to copy it, which takes longer than a second multiplication does to begin
  const [gate, up] = [project(x, 'gate'), project(x, 'up')]
  // QuickGelu with alpha 1 is SiLU in one operator
  const active = graph.node('QuickGelu', [gate], { domain: 'com.microsoft', attributes: { alpha: 1 } })
  return project(graph.node('Mul', [active, up]), 'down')
}
