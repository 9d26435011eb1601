import type { AttentionShape, DeviceContext, KeyValue } from './attention.ts'
import type { GraphBuilder } from './builder.ts'

/** Sizes of heads that GroupQueryAttention takes are multiples of it. */
const HEAD_STEP = 8

export function fitsDevice({ headDim }: AttentionShape): boolean {
  return headDim % HEAD_STEP === 0
}

/** Declares what the layers of a graph for a device have in common. @param writes as in DeviceContext */
export function deviceInputs(graph: GraphBuilder, writes: string | null): DeviceContext {
  return {
    last: graph.input('last', 'int32', [1]),
    total: graph.input('total', 'int32', [1]),
    bias: graph.input('bias', 'float32', [1, 1, 'S', 'T']),
    writes,
  }
}

/** Declares the K/V of layer `i` as they lie on the device, [1, kvHeads, capacity, headDim]. */
export function devicePast(graph: GraphBuilder, shape: AttentionShape, i: number): KeyValue {
  const dims = [1, shape.kvHeads, 'C', shape.headDim]
  return {
    key: graph.input(`past_key.${i}`, 'float32', dims),
    value: graph.input(`past_value.${i}`, 'float32', dims),
  }
}

/** Gives out the K/V of every layer with the new rows behind the old ones. */
export function givePresents(graph: GraphBuilder, shape: AttentionShape, presents: readonly KeyValue[]): void {
  const dims = [1, shape.kvHeads, 'C', shape.headDim]
  presents.forEach(({ key, value }, i) => {
    graph.output(key, `present_key.${i}`, 'float32', dims)
    graph.output(value, `present_value.${i}`, 'float32', dims)
  })
}

/**
 * Attention of S rows over K/V on the device and, where given, rows of their own, which go behind them. Rows are where
 * their bias says, so q and keys come rotated: GroupQueryAttention would count the last S positions.
 * @param q [1, S, heads · headDim]
 * @param own one key [1, S, kvHeads · headDim] and one value [S, kvHeads · headDim], of all heads; null: rows only read
 * @returns attended [S, heads · headDim]; K/V [1, kvHeads, capacity, headDim], empty where rows only read
 */
export function attendOnDevice(
  graph: GraphBuilder,
  q: string,
  own: KeyValue | null,
  past: KeyValue,
  shape: AttentionShape,
  context: DeviceContext,
): { attended: string; own: KeyValue } {
  const { heads, kvHeads, headDim } = shape
  const attention = (key: string, value: string, outputs: number): string[] =>
    graph.multi(
      'GroupQueryAttention',
      [q, key, value, past.key, past.value, context.last, context.total, '', '', '', context.bias],
      {
        domain: 'com.microsoft',
        outputs,
        // keys and queries carry the scale (rope.ts)
        attributes: { num_heads: { int: heads }, kv_num_heads: { int: kvHeads }, scale: 1 },
      },
    )
  const writing = ({ key, value }: KeyValue): string[] =>
    attention(key, graph.node('Unsqueeze', [value, graph.ints([0])]), 3)
  // keys of zero length: the cache is read as it is (onnxruntime pull requests 28242, 28501)
  const reading = (): string[] => {
    const none = graph.floats('no_keys', [1, 0, kvHeads * headDim], new Float32Array(0))
    const nothing = graph.floats('no_present', [1, kvHeads, 0, headDim], new Float32Array(0))
    return [...attention(none, none, 1), nothing, nothing]
  }
  const [attended, key, value] =
    own === null
      ? reading()
      : context.writes === null
        ? writing(own)
        : graph.branch(context.writes, () => writing(own), reading)
  return {
    attended: graph.node('Squeeze', [attended!, graph.ints([0])]),
    own: { key: key!, value: value! },
  }
}

/** The same, where `own` is computed only if the scalar bool `when` holds. */
export function branchOnDevice(
  graph: GraphBuilder,
  when: string,
  q: string,
  own: () => KeyValue,
  past: KeyValue,
  shape: AttentionShape,
  context: DeviceContext,
): { attended: string; own: KeyValue } {
  const side = (rows: KeyValue | null): string[] => {
    const { attended, own } = attendOnDevice(graph, q, rows, past, shape, context)
    return [attended, own.key, own.value]
  }
  const [attended, key, value] = graph.branch(
    when,
    () => side(own()),
    () => side(null),
  )
  return { attended: attended!, own: { key: key!, value: value! } }
}

/** A graph that gives K/V of one layer room for more rows: `room` [1, kvHeads, rows, headDim] goes behind them. */
export function buildGrowth(graph: GraphBuilder): void {
  const input = (name: string, length: string): string => graph.input(name, 'float32', [1, 'K', length, 'D'])
  const room = input('room', 'X')
  for (const kind of ['key', 'value']) {
    const grown = graph.node('Concat', [input(`past_${kind}`, 'C'), room], { attributes: { axis: { int: 2 } } })
    graph.output(grown, `present_${kind}`, 'float32', [1, 'K', 'P', 'D'])
  }
}

/** A graph that brings a state [N, D] back from the device. */
export function buildReadout(graph: GraphBuilder): void {
  graph.output(graph.input('state', 'float32', ['N', 'D']), 'values', 'float32', ['N', 'D'])
}
