import type { Target } from './linear.ts'
import type { NormWeight } from './llama-layer.ts'

/**
 * Norms that differ by recursion: declares the input `recursion` [S], int64, from 0.
 * @param norms each [recursions, D]
 * @returns for each of them, the weights of every row
 */
export function recursionNorms(
  target: Target,
  norms: readonly Float32Array[],
  recursions: number,
  hidden: number,
): NormWeight[] {
  const { graph, form } = target
  const table = new Float32Array(recursions * norms.length * hidden)
  norms.forEach((values, i) => {
    for (let r = 0; r < recursions; r++) {
      table.set(values.subarray(r * hidden, (r + 1) * hidden), (r * norms.length + i) * hidden)
    }
  })
  const ones = form === 'inPlace' ? null : graph.floats('norm.ones', [hidden], new Float32Array(hidden).fill(1))
  const stored = graph.floats('norms', [recursions, norms.length * hidden], table)
  const rows = graph.node('Gather', [stored, graph.input('recursion', 'int64', ['S'])])
  const parts = graph.multi('Split', [rows, graph.ints(norms.map(() => hidden))], {
    outputs: norms.length,
    attributes: { axis: { int: 1 } },
  })
  return parts.map((perRow) => ({ perRow, ones }))
}
