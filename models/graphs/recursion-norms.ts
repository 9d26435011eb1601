import type { Target } from './linear.ts'
import type { NormWeight } from './norm.ts'

/**
 * Norms that differ by recursion: declares the input `recursion` [S], int64, from 0; in resident graphs, whose rows are all
 * of one recursion, the norms themselves.
 * @param norms each [recursions, D]
 * @returns for each of them, the weights of every row
 */
export function recursionNorms(
  target: Target,
  norms: readonly Float32Array[],
  recursions: number,
  hidden: number,
): NormWeight[] {
  const { graph } = target
  if (target.form === 'resident') {
    return norms.map((values, i) => {
      const byRecursion = Array.from({ length: recursions }, (_, r) => values.subarray(r * hidden, (r + 1) * hidden))
      return target.indexed(`norm.${i}`, 'recursion', byRecursion)
    })
  }
  const ones = graph.floats('norm.ones', [hidden], new Float32Array(hidden).fill(1))
  const recursion = graph.input('recursion', 'int64', ['S'])
  return norms.map((values, i) => {
    const table = graph.floats(`norms.${i}`, [recursions, hidden], values)
    return { perRow: graph.node('Gather', [table, recursion]), ones }
  })
}
