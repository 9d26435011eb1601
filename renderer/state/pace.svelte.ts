import type { PaceMode } from '../../models/common/values.ts'
import type { PaceSettings, PaceState } from '../../electron/contract/pace.ts'
import type { Client } from '../connection/client.ts'
import type { Application } from './application.svelte.ts'
import type { Notices } from './notices.svelte.ts'

const BY_HAND: PaceState = { pace: null, forBattery: false, onBattery: null }

/** Who decides about the budget: the person, or what they chose to decide in their place. */
export class PaceControl {
  private readonly client: Client
  private readonly notices: Notices
  private readonly application: Application
  private current = $state.raw<PaceState>(BY_HAND)
  /** The budget at which a speed was held last, in percent. */
  private held = $state<number | null>(null)
  /** A move of the slider has put an end to something that decided. */
  takenOver = $state(false)

  constructor(client: Client, notices: Notices, application: Application) {
    this.client = client
    this.notices = notices
    this.application = application
    client.on('pace.changed', (state) => {
      this.adopt(state)
    })
    client.on('chat.started', () => {
      this.takenOver = false
    })
    client.on('chat.budget', ({ budget, by }) => {
      if (by === 'hold') this.held = Math.round(budget)
    })
  }

  get state(): PaceState {
    return this.current
  }

  /** null until the host has told them. */
  get settings(): PaceSettings | null {
    return this.application.settings?.pace ?? null
  }

  /** What decides now; null: the person. */
  get mode(): PaceMode | null {
    return this.current.pace?.mode ?? null
  }

  get active(): boolean {
    return this.mode !== null
  }

  shown(chosen: number): number {
    const { pace } = this.current
    if (pace?.mode === 'quiet') return Math.min(chosen, Math.round(pace.budget))
    return pace ? (this.held ?? chosen) : chosen
  }

  takeOver(): void {
    this.adopt({ ...this.current, pace: null, forBattery: false })
    this.takenOver = true
    void this.notices.during(this.client.call('pace.byHand', {}))
  }

  async change(part: Partial<PaceSettings>): Promise<void> {
    const { settings } = this
    if (!settings) return
    this.takenOver = false
    await this.application.change({ pace: { ...settings, ...part } })
  }

  async refresh(): Promise<void> {
    await this.notices.during(
      this.client.call('pace.read', {}).then((state) => {
        this.adopt(state)
      }),
    )
  }

  private adopt(state: PaceState): void {
    if (state.pace?.mode !== 'hold') this.held = null
    if (state.pace) this.takenOver = false
    this.current = state
  }
}
