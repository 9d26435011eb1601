import type { Generation } from '../../electron/contract/values.ts'

/**
 * Of what the figures of an answer speak: neither of depth nor of a budget where its model had nothing to choose. One
 * that was broken off has no figures, and is taken for an answer of the loaded model.
 */
export function toldOf(
  { meanDepth, budgetRealised, depths }: Pick<Generation, 'meanDepth' | 'budgetRealised' | 'depths'>,
  loaded: { adjustable: boolean; deep: boolean },
): { budget: boolean; depth: boolean } {
  if (meanDepth === null) return { budget: loaded.adjustable, depth: loaded.deep }
  const budget = budgetRealised !== null
  return { budget, depth: budget || depths.some((depth) => depth !== depths[0]) }
}
