import type { Curve, Tuning, TunedPoint } from '../../electron/contract/tuning.ts'
import type { Client } from '../connection/client.ts'
import type { Notices } from './notices.svelte.ts'

const NOTHING: Tuning = { measuring: null, curve: null, failure: null }

/** What was measured along the slider of the loaded model, and the measurement under way. */
export class TuningState {
  private readonly client: Client
  private readonly notices: Notices
  private told = $state.raw<Tuning>(NOTHING)

  constructor(client: Client, notices: Notices) {
    this.client = client
    this.notices = notices
    client.on('tuning.changed', (tuning) => (this.told = tuning))
  }

  get measuring(): Tuning['measuring'] {
    return this.told.measuring
  }

  get curve(): Curve | null {
    return this.told.curve
  }

  get failure(): Tuning['failure'] {
    return this.told.failure
  }

  /** To be drawn: those of the measurement under way, once there are any. */
  get points(): readonly TunedPoint[] {
    const now = this.told.measuring?.points ?? []
    return now.length > 0 ? now : (this.told.curve?.points ?? [])
  }

  async refresh(): Promise<void> {
    await this.notices.during(this.client.call('tuning.read', {}).then((tuning) => (this.told = tuning)))
  }

  /** `text` null: the one that comes with the app. */
  async start(text: Promise<{ name: string; content: string }> | null): Promise<boolean> {
    const started = async () => this.client.call('tuning.start', { text: text && (await text) })
    this.notices.forgetFailures()
    return this.notices.during(started())
  }

  async stop(): Promise<boolean> {
    return this.notices.during(this.client.call('tuning.stop', {}))
  }
}
