import type { Readings } from '../../models/common/values.ts'
import type { PaceState } from '../../electron/contract/pace.ts'
import type { Words } from '../language/en/index.ts'
import { percent, speed } from '../ui/words.ts'

/**
 * What decides about the budget and what it has found, in a sentence; empty where the person decides.
 * @param readings of the answer being written, null where none is
 */
export function paceInWords({ pace, forBattery }: PaceState, readings: Readings | null, words: Words['pace']): string {
  const { said } = words
  if (!pace) return ''
  if (pace.mode === 'hold') return heldInWords(pace.atLeast, readings, said)
  const sentence =
    pace.atMost === null ? said.lower(percent(pace.budget)) : said.quiet(pace.atMost, percent(pace.budget))
  return forBattery ? said.onBattery(sentence) : sentence
}

function heldInWords(atLeast: number, readings: Readings | null, said: Words['pace']['said']): string {
  if (!readings?.hold) return said.holdNext(atLeast)
  if (readings.hold === 'measuring') return said.measuring(atLeast)
  if (readings.hold === 'tooSlow') return said.tooSlow(atLeast, speed(readings.tokensPerSecond))
  if (readings.budgetAsked >= 100) return said.heldAtFull(atLeast)
  return said.held(atLeast, percent(readings.budgetAsked))
}
