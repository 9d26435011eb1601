import type { Client } from '../connection/client.ts'
import { Coalescer } from './coalescer.ts'
import type { Notices } from './notices.svelte.ts'
import type { Running } from './running.svelte.ts'

const RUN_INTERVAL_MS = 50
const SETTINGS_INTERVAL_MS = 400
const OWN_ECHO_MS = 1500

/** The slider: its value acts on the answer being written and is kept as the setting for the next one. */
export class Budget {
  readonly #client: Client
  readonly #notices: Notices
  readonly #running: Running
  readonly #toRun = new Coalescer<number>(RUN_INTERVAL_MS, (budget) => {
    this.tellRun(budget)
  })
  readonly #toSettings = new Coalescer<number>(SETTINGS_INTERVAL_MS, (budget) => {
    void this.#notices.during(this.#client.call('settings.change', { budget }))
  })
  #movedAt = -Infinity
  value = $state(50)

  constructor(client: Client, notices: Notices, running: Running) {
    this.#client = client
    this.#notices = notices
    this.#running = running
  }

  move(budget: number): void {
    const value = Math.min(100, Math.max(0, Math.round(budget)))
    if (value === this.value) return
    this.value = value
    this.#movedAt = Date.now()
    this.#toRun.push(value)
    this.#toSettings.push(value)
  }

  /** Follows a change of the setting that was not made here. */
  adopt(budget: number): void {
    if (Date.now() - this.#movedAt > OWN_ECHO_MS) this.value = Math.round(budget)
  }

  tellRun(budget: number): void {
    const answer = this.#running.current
    if (!answer) return
    const told = this.#client.call('chat.budget', { messageId: answer.messageId, budget })
    void this.#notices.during(told, () => answer.live)
  }
}
