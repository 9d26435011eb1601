import { DepthwiseError } from '../../models/common/errors.ts'
import type { Application } from './application.svelte.ts'
import type { Budget } from './budget.svelte.ts'
import type { Notices } from './notices.svelte.ts'
import type { RunningAnswer } from './running-answer.svelte.ts'

export interface BeginningRooms {
  application: Application
  budget: Budget
  notices: Notices
}

/** One call at a time that begins an answer, at the budget and the seed of that moment. */
export class Beginning {
  private readonly rooms: BeginningRooms
  /** A call is under way. */
  sending = $state(false)
  /** The host refused it, as the conversation does not fit the context. */
  refusedAsFull = $state(false)

  constructor(rooms: BeginningRooms) {
    this.rooms = rooms
  }

  /** `start` gives what it began, unless that has ended already. @returns whether it was taken */
  async begin(start: (budget: number, seed: { seed?: number }) => Promise<RunningAnswer | null>): Promise<boolean> {
    if (this.sending) return false
    this.sending = true
    const { application, budget, notices } = this.rooms
    const before = budget.setting
    const seed = application.settings?.seed ?? null
    const starting = start(budget.toAsk, seed === null ? {} : { seed }).then((answer) => {
      // the slider was moved while the call was under way
      if (answer && budget.setting !== before) budget.give(answer, budget.setting)
    })
    const begun = await notices.during(
      starting.catch((error: unknown) => {
        this.refusedAsFull = error instanceof DepthwiseError && error.code === 'CONTEXT_FULL'
        throw error
      }),
      () => !this.refusedAsFull,
    )
    if (begun) this.refusedAsFull = false
    this.sending = false
    return begun
  }
}
