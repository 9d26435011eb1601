import type { Pace } from '../../models/common/values.ts'
import type { PaceSettings, PaceState } from '../contract/pace.ts'
import type { Clients } from './clients.ts'
import type { Handlers } from './dispatcher.ts'
import type { PowerSource } from './power.ts'
import type { HostSettings } from './settings.ts'

interface PacingParts {
  settings: HostSettings
  clients: Clients
  power: PowerSource
  /** Another pace is in force, for the answers under way too. */
  changed: (pace: Pace | null) => void
}

/** What decides about the budget in the person's place: as they chose, or chose for the battery. */
export class Pacing {
  private readonly parts: PacingParts
  private readonly unwatch: () => void
  private onBattery: boolean | null
  /** The person took over since the machine runs on its battery. */
  private isTakenOver = false
  private seen: PaceSettings
  private told: string

  constructor(parts: PacingParts) {
    this.parts = parts
    this.onBattery = parts.power.onBattery()
    this.seen = parts.settings.read().pace
    this.told = JSON.stringify(this.state)
    this.unwatch = parts.power.watch(() => {
      this.onBattery = parts.power.onBattery()
      this.isTakenOver = false
      this.apply()
    })
  }

  get state(): PaceState {
    const chosen = this.parts.settings.read().pace
    const forBattery = this.onBattery === true && !this.isTakenOver && chosen.onBattery !== 'same'
    return { pace: forBattery ? paceOnBattery(chosen) : paceOf(chosen), forBattery, onBattery: this.onBattery }
  }

  /** Of answers that begin now. */
  get pace(): Pace | null {
    return this.state.pace
  }

  /** The settings may have changed. A mode that is chosen on battery holds there too, until a cable is plugged in or out. */
  apply(): void {
    const { seen } = this
    this.seen = this.parts.settings.read().pace
    if (this.seen.mode !== seen.mode) this.isTakenOver = true
    if (this.seen.onBattery !== seen.onBattery) this.isTakenOver = false
    const { state } = this
    const now = JSON.stringify(state)
    if (now === this.told) return
    this.told = now
    this.parts.changed(state.pace)
    this.parts.clients.announce('pace.changed', state)
  }

  /** The person takes over. */
  byHand(): PaceState {
    const { settings, clients } = this.parts
    const { pace } = settings.read()
    this.isTakenOver = true
    if (pace.mode !== 'hand') clients.announce('settings.changed', settings.change({ pace: { ...pace, mode: 'hand' } }))
    this.apply()
    return this.state
  }

  close(): void {
    this.unwatch()
  }
}

function paceOf({ mode, atLeast, atMost, quietBudget }: PaceSettings): Pace | null {
  if (mode === 'hold') return { mode, atLeast }
  return mode === 'quiet' ? { mode, atMost, budget: quietBudget } : null
}

/** What was chosen goes on where it asks for less. */
function paceOnBattery(chosen: PaceSettings): Pace {
  const quiet = paceOf({ ...chosen, mode: 'quiet' })!
  if (chosen.onBattery === 'quiet' || chosen.mode === 'quiet') return quiet
  return { mode: 'quiet', atMost: null, budget: chosen.batteryBudget }
}

/** What windows ask of it. */
export function paceHandlers(pacing: Pacing): Pick<Handlers, 'pace.read' | 'pace.byHand'> {
  return { 'pace.read': () => pacing.state, 'pace.byHand': () => pacing.byHand() }
}
