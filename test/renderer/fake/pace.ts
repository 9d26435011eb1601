import type { PaceSettings, PaceState } from '../../../electron/contract/pace.ts'
import type { Writer } from './writer.ts'

/** So many tokens are measured before a budget is chosen. */
const MEASURED = 8

/** Who decides about the budget, with a battery that never runs out unless `onBattery`. */
export class FakePace {
  private readonly onBattery: boolean | null
  private takenOver = false

  constructor(onBattery: boolean | null = false) {
    this.onBattery = onBattery
  }

  stateOf({ mode, atLeast, atMost, quietBudget, onBattery, batteryBudget }: PaceSettings): PaceState {
    const forBattery = this.onBattery === true && !this.takenOver && onBattery !== 'same'
    const quiet = { mode: 'quiet', atMost, budget: quietBudget } as const
    if (forBattery && onBattery === 'lower')
      return { pace: { mode: 'quiet', atMost: null, budget: batteryBudget }, forBattery, onBattery: true }
    const chosen = mode === 'hold' ? ({ mode, atLeast } as const) : mode === 'quiet' ? quiet : null
    return { pace: forBattery ? quiet : chosen, forBattery, onBattery: this.onBattery }
  }

  byHand(): void {
    this.takenOver = true
  }

  /** The budget that the next token is to have, where that is another than now. */
  budgetFor({ pace }: PaceState, writer: Writer): number | null {
    if (!pace) return null
    const wanted = pace.mode === 'quiet' ? Math.min(writer.asked, pace.budget) : held(pace.atLeast, writer)
    return wanted === null || wanted === writer.inForce ? null : wanted
  }
}

function held(atLeast: number, writer: Writer): number | null {
  if (writer.count < MEASURED) return null
  const depth = (1000 / atLeast / writer.tokenMs - 0.4) / 0.6
  return Math.round(Math.min(100, Math.max(0, 50 * (depth - 1))))
}
