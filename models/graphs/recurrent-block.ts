import type { AttentionContext, KeyValue } from './attention.ts'
import { attend, rotateHeads, splitHeads } from './attention.ts'
import type { GraphBuilder } from './builder.ts'
import type { Target } from './linear.ts'
import { linear } from './linear.ts'
import type { Matrix } from './matrix.ts'
import { rmsNorm } from './norm.ts'
import { attendResident } from './resident-attention.ts'

/** A block of Huginn (arXiv 2502.05171 §3.1): four norms, two of them behind the sums. */
export interface RecurrentBlock {
  name: string
  /** [D] each. */
  norms: readonly [Float32Array, Float32Array, Float32Array, Float32Array]
  /** [3 · D, D], rows of q, k and v. */
  qkv: Matrix
  /** What is added to q and k before RoPE [2 · D], or null. */
  bias: Float32Array | null
  attentionOutput: Matrix
  /** [2 · I, D], rows of gate and up. */
  gateUp: Matrix
  mlpOutput: Matrix
}

/**
 * x ← norm_2(x + proj(attention(norm_1 x))), x ← norm_4(x + proj(silu(gate) · up of norm_3 x)). Rows: [S, D].
 * @returns the state, and the new keys and values
 */
export function recurrentBlock(
  target: Target,
  x: string,
  block: RecurrentBlock,
  cache: KeyValue,
  context: AttentionContext,
): { state: string; own: KeyValue } {
  const { graph } = target
  const { heads, headDim } = context.shape
  const width = heads * headDim
  const normed = (value: string, i: 0 | 1 | 2 | 3): string => {
    const weight = graph.floats(`${block.name}.norm_${i + 1}`, [block.norms[i].length], block.norms[i])
    return rmsNorm(graph, value, weight, context.epsilon)
  }
  const divide = (whole: string, sizes: number[]): string[] =>
    graph.multi('Split', [whole, graph.ints(sizes)], { outputs: sizes.length, attributes: { axis: { int: -1 } } })
  const product = linear(target, normed(x, 0), { ...block.qkv, parts: ['q', 'k', 'v'] })
  // the bias is of q and k; v's is 0
  const biased = block.bias
    ? graph.node('Add', [product, graph.floats(`${block.name}.qk_bias`, [3 * width], padded(block.bias, 3 * width))])
    : product
  const { attended, own } = attention(graph, biased, cache, context)
  const between = normed(
    graph.node('Add', [linear(target, attended, { ...block.attentionOutput, parts: ['o'] }), x]),
    1,
  )
  const inner = block.gateUp.rows / 2
  const [gate, up] = divide(linear(target, normed(between, 2), { ...block.gateUp, parts: ['gate', 'up'] }), [
    inner,
    inner,
  ])
  const active = graph.node('QuickGelu', [gate!], { domain: 'com.microsoft', attributes: { alpha: 1 } })
  const given = linear(target, graph.node('Mul', [active, up!]), { ...block.mlpOutput, parts: ['down'] })
  return { state: normed(graph.node('Add', [given, between]), 3), own }
}

/** @param packed q, k and v side by side, [S, 3 · D] */
function attention(
  graph: GraphBuilder,
  packed: string,
  cache: KeyValue,
  context: AttentionContext,
): { attended: string; own: KeyValue } {
  const { resident, shape } = context
  if (resident) return attendResident(graph, { packed }, cache, resident, context)
  const rotated = rotateHeads(graph, packed, { turned: 2 * shape.heads, still: shape.heads }, context)
  const [q, key, value] = splitHeads(graph, rotated, [shape.heads, shape.heads, shape.heads])
  const own = { key: key!, value: value! }
  return { attended: attend(graph, q!, cache, own, context), own }
}

/** With zeros behind. */
function padded(values: Float32Array, length: number): Float32Array {
  const all = new Float32Array(length)
  all.set(values)
  return all
}
