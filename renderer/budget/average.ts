import { KEPT_OVER } from '../../models/common/values.ts'
import { words } from '../language/language.svelte.ts'
import { percent } from '../ui/words.ts'
import type { Subject } from './subject.ts'

/** Why a short answer may be off. */
export const held = (): string => words().budget.held(KEPT_OVER)

/** What stands under the share beside the slider: of a short answer, of how many tokens it is the average. */
export function averageOver({ live, over }: Pick<Subject, 'live' | 'over'>): string {
  if (over >= KEPT_OVER) return words().budget.realisedOfAsked
  return live ? words().budget.soFar(over) : words().budget.inOnly(over)
}

/** The share of a whole answer; of a short one with what it is an average over, and why it may be off. */
export function realisedOver(realised: number, tokens: number): string {
  if (tokens >= KEPT_OVER) return percent(realised)
  return words().budget.inOnlyHeld(percent(realised), tokens, KEPT_OVER)
}
