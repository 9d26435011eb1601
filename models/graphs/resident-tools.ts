import { PORT } from '../plan/ports.ts'
import type { GraphBuilder } from './builder.ts'

const ANY = [1, 'K', 'C', 'D'] as const
const WIDE = ['N', 'W'] as const

/** Small graphs that keep house on a device: they make its tensors, copy them and bring them back. */
export const RESIDENT_TOOLS = {
  /** Zeros of a shape. */
  allocate(graph: GraphBuilder): void {
    const zero = graph.floats('zero', [1], new Float32Array(1))
    graph.output(graph.node('Expand', [zero, graph.input(PORT.shape, 'int64', ['R'])]), PORT.taken, 'float32', null)
  },
  /** A place for one index. */
  index(graph: GraphBuilder): void {
    graph.output(graph.node('Add', [graph.input(PORT.last, 'int32', [1]), graph.int32s([0])]), PORT.taken, 'int32', [1])
  },
  /** Keys or values with room for more rows behind them. */
  grow(graph: GraphBuilder): void {
    const [past, room] = [
      graph.input(PORT.state, 'float32', ANY),
      graph.input(PORT.room, 'float32', [1, 'K', 'X', 'D']),
    ]
    const grown = graph.node('Concat', [past, room], { attributes: { axis: { int: 2 } } })
    graph.output(grown, PORT.taken, 'float32', [1, 'K', 'P', 'D'])
  },
  /** A tensor once more. */
  copy(graph: GraphBuilder): void {
    graph.output(same(graph, graph.input(PORT.state, 'float32', null)), PORT.taken, 'float32', null)
  },
  /** Of two states [N, W] the rows of the first where `rows` [N, 1] holds, else those of the second, `room`. */
  merge(graph: GraphBuilder): void {
    const admitted = graph.input(PORT.rows, 'bool', ['N', 1])
    const states = [graph.input(PORT.state, 'float32', WIDE), graph.input(PORT.room, 'float32', WIDE)]
    graph.output(graph.node('Where', [admitted, ...states]), PORT.taken, 'float32', WIDE)
  },
  /** Brings a state [N, W] back. */
  readout(graph: GraphBuilder): void {
    graph.output(same(graph, graph.input(PORT.state, 'float32', WIDE)), PORT.taken, 'float32', WIDE)
  },
} as const

/** An operator of its own: an input cannot be an output. */
function same(graph: GraphBuilder, x: string): string {
  return graph.node('Add', [x, graph.floats('zero', [1], new Float32Array(1))])
}
