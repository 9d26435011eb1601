import type { Client } from '../connection/client.ts'
import { Coalescer } from './coalescer.ts'
import type { Notices } from './notices.svelte.ts'
import type { RunningAnswer } from './running-answer.svelte.ts'
import { OWN_ECHO_MS } from './running-answer.svelte.ts'

const ANSWER_INTERVAL_MS = 50
const SETTINGS_INTERVAL_MS = 400

/** The slider. It shows and moves the budget of the answer on view while that is under way, else the setting; a move is kept as the setting for the next answer. */
export class Budget {
  readonly #client: Client
  readonly #notices: Notices
  readonly #onView: () => RunningAnswer | null
  readonly #toAnswers = new WeakMap<RunningAnswer, Coalescer<number>>()
  readonly #toSettings = new Coalescer<number>(SETTINGS_INTERVAL_MS, (budget) => {
    void this.#notices.during(this.#client.call('settings.change', { budget }))
  })
  #movedAt = -Infinity
  #setting = $state(50)

  /** @param onView the answer under way that is on view */
  constructor(client: Client, notices: Notices, onView: () => RunningAnswer | null) {
    this.#client = client
    this.#notices = notices
    this.#onView = onView
  }

  /** In percent. */
  get value(): number {
    return this.#onView()?.budget ?? this.#setting
  }

  get setting(): number {
    return this.#setting
  }

  move(budget: number): void {
    const value = Math.min(100, Math.max(0, Math.round(budget)))
    if (value === this.value) return
    this.#setting = value
    this.#movedAt = Date.now()
    const answer = this.#onView()
    if (answer) this.give(answer, value)
    this.#toSettings.push(value)
  }

  /** Follows a change of the setting that was not made here. */
  adopt(budget: number): void {
    if (Date.now() - this.#movedAt > OWN_ECHO_MS) this.#setting = Math.round(budget)
  }

  give(answer: RunningAnswer, budget: number): void {
    answer.askFor(budget)
    let coalescer = this.#toAnswers.get(answer)
    if (!coalescer) {
      coalescer = new Coalescer<number>(ANSWER_INTERVAL_MS, (latest) => {
        const told = this.#client.call('chat.budget', { messageId: answer.messageId, budget: latest })
        void this.#notices.during(told, () => answer.live)
      })
      this.#toAnswers.set(answer, coalescer)
    }
    coalescer.push(budget)
  }
}
