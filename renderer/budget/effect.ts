import type { BudgetEffect } from '../../models/common/values.ts'
import { HARDLY_NATS } from '../../models/common/values.ts'
import { formats, words } from '../language/language.svelte.ts'
import { percent } from '../ui/words.ts'

/** Whether all of the slider changes less than can be told from an answer. */
export function hardlyMatters(effect: BudgetEffect | null): boolean {
  return effect !== null && effect.spread < HARDLY_NATS
}

/** What was measured along the slider, and what follows for where it begins. */
export function effectInWords(effect: BudgetEffect): string {
  const first = percent(effect.first)
  if (hardlyMatters(effect)) return words().budget.hardlyMoves(effect.spread, first)
  return words().budget.moves(effect.spread, first, formats().number(HARDLY_NATS))
}
