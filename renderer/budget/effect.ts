import type { BudgetEffect } from '../../models/common/values.ts'
import { HARDLY_NATS } from '../../models/common/values.ts'
import { percent } from '../ui/words.ts'

/** Whether all of the slider changes less than can be told from an answer. */
export function hardlyMatters(effect: BudgetEffect | null): boolean {
  return effect !== null && effect.spread < HARDLY_NATS
}

/** What was measured along the slider, and what follows for where it begins. */
export function effectInWords(effect: BudgetEffect): string {
  const moved = `Measured on other texts, the whole slider moves this model’s loss by ${effect.spread.toFixed(3)} nats a token`
  const first = percent(effect.first)
  if (hardlyMatters(effect)) return `${moved}: hardly anything. So it begins at ${first}, where answers come fastest.`
  return `${moved}. From ${first} on the loss is within ${HARDLY_NATS} of its best, so the slider begins there.`
}
