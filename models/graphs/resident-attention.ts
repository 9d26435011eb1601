import { kvPort, PORT } from '../plan/ports.ts'
import type { AttentionContext, AttentionShape, KeyValue, ResidentContext } from './attention.ts'
import type { GraphBuilder } from './builder.ts'

/** Sizes of heads that GroupQueryAttention turns by RoPE are multiples of it. */
const HEAD_STEP = 16

export function fitsDevice({ headDim }: AttentionShape): boolean {
  return headDim % HEAD_STEP === 0
}

export function residentInputs(graph: GraphBuilder): ResidentContext {
  return { last: graph.input(PORT.last, 'int32', [1]), total: graph.input(PORT.total, 'int32', [1]) }
}

/** Gives `last` out again: the graphs that follow are spared an upload. */
export function giveReached(graph: GraphBuilder, last: string): void {
  graph.output(graph.node('Add', [last, graph.int32s([0])]), PORT.reached, 'int32', [1])
}

const lying = (shape: AttentionShape): (number | string)[] => [1, shape.kvHeads, 'C', shape.headDim]

/** Declares the K/V of layer `i` as they lie on the device, [1, kvHeads, capacity, headDim]. */
export function residentPast(
  graph: GraphBuilder,
  shape: AttentionShape,
  i: number,
  port: 'past' | 'from' = 'past',
): KeyValue {
  return {
    key: graph.input(kvPort(`${port}_key`, i), 'float32', lying(shape)),
    value: graph.input(kvPort(`${port}_value`, i), 'float32', lying(shape)),
  }
}

/** Gives out the K/V of every layer with this run's rows in them; the runtime binds the past ones, so that nothing is copied. */
export function givePresents(graph: GraphBuilder, shape: AttentionShape, presents: readonly KeyValue[]): void {
  presents.forEach(({ key, value }, i) => {
    graph.output(key, kvPort('present_key', i), 'float32', lying(shape))
    graph.output(value, kvPort('present_value', i), 'float32', lying(shape))
  })
}

/** Queries, keys and values of S rows [S, n · headDim], side by side in one product or each by itself. */
export type Projected = { packed: string } | { q: string; key: string; value: string }

/**
 * Attention of S rows, the last of T positions, over K/V that stay on the device, where their own go too. The operator
 * turns queries and keys by their positions (RoPE).
 * @returns attended [S, heads · headDim]; K/V with the rows' own
 */
export function attendResident(
  graph: GraphBuilder,
  projected: Projected,
  past: KeyValue,
  resident: ResidentContext,
  context: AttentionContext,
): { attended: string; own: KeyValue } {
  const rows = (x: string): string => graph.node('Unsqueeze', [x, graph.ints([0])])
  const given =
    'packed' in projected
      ? [rows(projected.packed), '', '']
      : [rows(projected.q), rows(projected.key), rows(projected.value)]
  const [attended, key, value] = groupQuery(graph, given, past, resident, context, 3)
  return { attended: graph.node('Squeeze', [attended!, graph.ints([0])]), own: { key: key!, value: value! } }
}

/**
 * The same for rows that write nothing: an earlier visit left their K/V (recursive KV sharing, arXiv 2507.10524 §2.2.2).
 * Keys of zero length leave the cache as it is (onnxruntime pull requests 28242, 28501).
 */
export function readResident(
  graph: GraphBuilder,
  q: string,
  past: KeyValue,
  resident: ResidentContext,
  context: AttentionContext,
): string {
  const { kvHeads, headDim } = context.shape
  const none = graph.floats('no_keys', [1, 0, kvHeads * headDim], new Float32Array(0))
  const given = [graph.node('Unsqueeze', [q, graph.ints([0])]), none, none]
  const [attended] = groupQuery(graph, given, past, resident, context, 1)
  return graph.node('Squeeze', [attended!, graph.ints([0])])
}

function groupQuery(
  graph: GraphBuilder,
  given: readonly string[],
  past: KeyValue,
  { last, total }: ResidentContext,
  { shape, rope }: Pick<AttentionContext, 'shape' | 'rope'>,
  outputs: number,
): string[] {
  const tables = rope.unturned ? [] : [rope.cos, rope.sin]
  return graph.multi('GroupQueryAttention', [...given, past.key, past.value, last, total, ...tables], {
    domain: 'com.microsoft',
    outputs,
    attributes: {
      num_heads: { int: shape.heads },
      kv_num_heads: { int: shape.kvHeads },
      do_rotary: { int: rope.unturned ? 0 : 1 },
      rotary_interleaved: { int: rope.interleaved ? 1 : 0 },
      // keys and queries that are turned carry the scale (rope.ts)
      scale: rope.unturned ? shape.headDim ** -0.5 : 1,
    },
  })
}

/** A graph that attends to S rows `rows` [1, S, 3 · kvHeads · headDim] of q, k and v: for finding out how many a device computes rightly. */
export function buildProbe(graph: GraphBuilder, { kvHeads, headDim }: AttentionShape): void {
  const { last, total } = residentInputs(graph)
  const shape = { heads: kvHeads, kvHeads, headDim }
  const past = residentPast(graph, shape, 0)
  const packed = graph.input(PORT.rows, 'float32', [1, 'S', 3 * kvHeads * headDim])
  const [attended, key, value] = graph.multi(
    'GroupQueryAttention',
    [packed, '', '', past.key, past.value, last, total],
    {
      domain: 'com.microsoft',
      outputs: 3,
      attributes: { num_heads: { int: kvHeads }, kv_num_heads: { int: kvHeads } },
    },
  )
  graph.output(attended!, PORT.taken, 'float32', [1, 'S', kvHeads * headDim])
  givePresents(graph, shape, [{ key: key!, value: value! }])
}

/**
 * A graph that gives tokens of a cache the K/V that they have in another: `rows` [S] int64, the last of T positions. For
 * tokens that leave early, of whom later recursions show what they left last.
 */
export function buildFill(graph: GraphBuilder, shape: AttentionShape, layers: number): void {
  const resident = residentInputs(graph)
  const rows = graph.input(PORT.rows, 'int64', ['S'])
  const { kvHeads, headDim } = shape
  const presents = Array.from({ length: layers }, (_, i) => {
    const from = residentPast(graph, shape, i, 'from')
    const past = residentPast(graph, shape, i)
    const taken = (all: string): string => {
      const some = graph.node('Gather', [all, rows], { attributes: { axis: { int: 2 } } })
      const byRow = graph.node('Transpose', [some], { attributes: { perm: { ints: [0, 2, 1, 3] } } })
      return graph.node('Reshape', [byRow, graph.ints([1, -1, kvHeads * headDim])])
    }
    const key = taken(from.key)
    // what it attends to is of no interest: it is the operator that writes in place
    const inputs = [key, key, taken(from.value), past.key, past.value, resident.last, resident.total]
    const [, presentKey, presentValue] = graph.multi('GroupQueryAttention', inputs, {
      domain: 'com.microsoft',
      outputs: 3,
      attributes: { num_heads: { int: kvHeads }, kv_num_heads: { int: kvHeads }, scale: 1 },
    })
    return { key: presentKey!, value: presentValue! }
  })
  givePresents(graph, shape, presents)
}
