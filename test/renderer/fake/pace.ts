import type { EventData, EventName } from '../../../electron/contract/calls.ts'
import type { PaceSettings, PaceState } from '../../../electron/contract/pace.ts'
import type { Writer } from './writer.ts'

/** So many tokens are measured before a budget is chosen. */
const MEASURED = 8

/** Who decides about the budget, with a battery that never runs out unless `onBattery`. */
export class FakePace {
  private readonly settings: () => PaceSettings
  private readonly emit: <N extends EventName>(event: N, data: EventData<N>) => void
  private readonly onBattery: boolean | null
  private takenOver = false

  constructor(
    settings: () => PaceSettings,
    emit: <N extends EventName>(event: N, data: EventData<N>) => void,
    onBattery: boolean | null = false,
  ) {
    this.settings = settings
    this.emit = emit
    this.onBattery = onBattery
  }

  get state(): PaceState {
    return this.stateOf(this.settings())
  }

  tell(): PaceState {
    this.emit('pace.changed', this.state)
    return this.state
  }

  private stateOf({ mode, atLeast, atMost, quietBudget, onBattery, batteryBudget }: PaceSettings): PaceState {
    const forBattery = this.onBattery === true && !this.takenOver && onBattery !== 'same'
    const quiet = { mode: 'quiet', atMost, budget: quietBudget } as const
    if (forBattery && onBattery === 'lower')
      return { pace: { mode: 'quiet', atMost: null, budget: batteryBudget }, forBattery, onBattery: true }
    const chosen = mode === 'hold' ? ({ mode, atLeast } as const) : mode === 'quiet' ? quiet : null
    return { pace: forBattery ? quiet : chosen, forBattery, onBattery: this.onBattery }
  }

  /** The settings as they are then. */
  byHand(): PaceSettings {
    this.takenOver = true
    return { ...this.settings(), mode: 'hand' }
  }

  /** What decides, decides on the next token. */
  keep(writer: Writer): void {
    const { state } = this
    const { pace } = state
    writer.hold = pace?.mode === 'hold' ? (writer.count < MEASURED ? 'measuring' : 'holding') : undefined
    const budget = this.budgetFor(state, writer)
    if (budget === null || !pace) return
    const token = writer.changeBudget(budget, undefined, pace.mode)
    this.emit('chat.budget', { messageId: writer.message.id, token, budget, by: pace.mode })
  }

  /** The budget that the next token is to have, where that is another than now. */
  private budgetFor({ pace }: PaceState, writer: Writer): number | null {
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
