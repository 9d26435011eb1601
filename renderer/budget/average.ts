import { KEPT_OVER } from '../../models/common/values.ts'
import { count, percent } from '../ui/words.ts'
import type { Subject } from './subject.ts'

/** Why a short answer may be off. */
export const HELD = `The budget is kept to within 5 points over any ${KEPT_OVER} tokens; over fewer it can be further off.`

/** What stands under the share beside the slider: of a short answer, of how many tokens it is the average. */
export function averageOver({ live, over }: Pick<Subject, 'live' | 'over'>): string {
  if (over >= KEPT_OVER) return 'realised of asked'
  return live ? `in ${count(over, 'token')} so far` : `in only ${count(over, 'token')}`
}

/** The share of a whole answer; of a short one with what it is an average over, and why it may be off. */
export function realisedOver(realised: number, tokens: number): string {
  if (tokens >= KEPT_OVER) return percent(realised)
  return `${percent(realised)} in only ${count(tokens, 'token')} (kept to within 5 points over ${KEPT_OVER})`
}
