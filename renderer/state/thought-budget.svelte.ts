import type { Thinking } from '../../models/common/values.ts'
import type { Client } from '../connection/client.ts'
import type { Application } from './application.svelte.ts'
import type { Budget } from './budget.svelte.ts'
import { Coalescer } from './coalescer.ts'
import type { Notices } from './notices.svelte.ts'
import type { RunningAnswer } from './running-answer.svelte.ts'

const INTERVAL_MS = 100

interface Rooms {
  application: Application
  budget: Budget
  notices: Notices
}

interface Move {
  own: number | null
  answer: RunningAnswer | null
}

/** The dial of the thought: its own budget, or that of the answer. A move acts on the answer on view, and is kept for the next one. */
export class ThoughtBudget {
  private readonly client: Client
  private readonly rooms: Rooms
  private readonly onView: () => RunningAnswer | null
  /** Moved to here, and not yet in the settings. */
  private moved = $state.raw<Move | null>(null)
  private readonly moves = new Coalescer<Move>(INTERVAL_MS, (move) => {
    void this.tell(move)
  })

  constructor(client: Client, rooms: Rooms, onView: () => RunningAnswer | null) {
    this.client = client
    this.rooms = rooms
    this.onView = onView
  }

  /** In percent; null: that of the answer. */
  get own(): number | null {
    if (this.moved) return this.moved.own
    const known = this.onView()?.thoughtBudget
    return known === undefined ? (this.rooms.application.settings?.thinking.budget ?? null) : known
  }

  move(own: number | null): void {
    if (own === this.own) return
    const answer = this.onView()
    if (answer) answer.thoughtBudget = own
    this.moved = { own, answer }
    this.moves.push(this.moved)
  }

  private async tell(move: Move): Promise<void> {
    const { application, budget, notices } = this.rooms
    const { own, answer } = move
    if (answer?.live) {
      const { messageId } = answer
      const asked =
        own === null ? { budget: answer.budget ?? budget.value } : { budget: own, phase: 'thought' as const }
      void notices.during(this.client.call('chat.budget', { messageId, ...asked }), () => answer.live)
    }
    const thinking: Thinking | undefined = application.settings?.thinking
    if (thinking) await application.change({ thinking: { ...thinking, budget: own } })
    if (this.moved === move) this.moved = null
  }
}
