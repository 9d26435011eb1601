import type { Client } from '../connection/client.ts'
import { Coalescer } from './coalescer.ts'
import type { Notices } from './notices.svelte.ts'
import type { RunningAnswer } from './running-answer.svelte.ts'
import { OWN_ECHO_MS } from './running-answer.svelte.ts'

const ANSWER_INTERVAL_MS = 50
const SETTINGS_INTERVAL_MS = 400

/** What decides in the person's place. */
interface Deciding {
  readonly active: boolean
  /** What it makes of the budget that was chosen, as far as is known. */
  shown(chosen: number): number
  /** The person decides again. */
  takeOver(): void
}

/** The slider. It shows and moves the budget of the answer on view while that is under way, else the setting; a move is kept as the setting for the next answer. */
export class Budget {
  private readonly client: Client
  private readonly notices: Notices
  private readonly onView: () => RunningAnswer | null
  private readonly deciding: Deciding | null
  private readonly toAnswers = new WeakMap<RunningAnswer, Coalescer<number>>()
  private readonly toSettings = new Coalescer<number>(SETTINGS_INTERVAL_MS, (budget) => {
    void this.notices.during(this.client.call('settings.change', { budget }))
  })
  private movedAt = -Infinity
  private chosen = $state(50)

  /** @param onView the answer under way that is on view */
  constructor(client: Client, notices: Notices, onView: () => RunningAnswer | null, deciding: Deciding | null = null) {
    this.client = client
    this.notices = notices
    this.onView = onView
    this.deciding = deciding
  }

  /** In percent. */
  get value(): number {
    return this.onView()?.budget ?? this.deciding?.shown(this.chosen) ?? this.chosen
  }

  /** To begin an answer at: what a person chose, whatever is in force in its place. */
  get toAsk(): number {
    return this.deciding?.active ? this.chosen : this.value
  }

  get setting(): number {
    return this.chosen
  }

  move(budget: number): void {
    const value = Math.min(100, Math.max(0, Math.round(budget)))
    if (value === this.value) return
    if (this.deciding?.active) this.deciding.takeOver()
    this.chosen = value
    this.movedAt = Date.now()
    const answer = this.onView()
    if (answer) this.give(answer, value)
    this.toSettings.push(value)
  }

  /** Follows a change of the setting that was not made here. */
  adopt(budget: number): void {
    if (Date.now() - this.movedAt > OWN_ECHO_MS) this.chosen = Math.round(budget)
  }

  give(answer: RunningAnswer, budget: number): void {
    answer.askFor(budget)
    let coalescer = this.toAnswers.get(answer)
    if (!coalescer) {
      coalescer = new Coalescer<number>(ANSWER_INTERVAL_MS, (latest) => {
        const told = this.client.call('chat.budget', { messageId: answer.messageId, budget: latest, phase: 'answer' })
        void this.notices.during(told, () => answer.live)
      })
      this.toAnswers.set(answer, coalescer)
    }
    coalescer.push(budget)
  }
}
