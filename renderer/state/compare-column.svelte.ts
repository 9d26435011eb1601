import type { Column } from '../../electron/contract/compare.ts'
import type { Message } from '../../electron/contract/values.ts'
import type { Beat } from './beat.ts'
import { Coalescer } from './coalescer.ts'
import { RunningAnswer } from './running-answer.svelte.ts'

const INTERVAL_MS = 50

/** What the figures beside a column say; null while it has none. */
export interface Figures {
  tokensPerSecond: number
  meanDepth: number
  budgetRealised: number | null
}

interface Surroundings {
  beat: Beat
  /** The host has more of a column than has arrived here. */
  resync: () => void
  move: (columnId: number, budget: number, matters: () => boolean) => void
}

/** A column of a comparison: its budget before it is asked, then its answer. */
export class CompareColumn {
  private readonly around: Surroundings
  private readonly moves = new Coalescer<{ answer: RunningAnswer; budget: number }>(
    INTERVAL_MS,
    ({ answer, budget }) => {
      this.around.move(answer.messageId, budget, () => answer.live)
    },
  )
  private chosen = $state(50)
  /** That is to answer; null: the conversation's, else the app's. */
  modelId = $state<string | null>(null)
  /** While it is written and after, as far as this window has looked on. */
  answer = $state.raw<RunningAnswer | null>(null)
  /** As the host told it last; null before it is asked. */
  told = $state.raw<Column | null>(null)

  constructor(budget: number, around: Surroundings) {
    this.chosen = budget
    this.around = around
  }

  get id(): number | null {
    return this.told?.id ?? null
  }

  /** In percent. */
  get budget(): number {
    return (this.writing ? this.answer?.budget : null) ?? this.chosen
  }

  get writing(): boolean {
    return this.answer?.live ?? false
  }

  /** Whether there is a text, and nothing will be added to it. */
  get ended(): boolean {
    return this.told !== null && !this.writing
  }

  get text(): string {
    return this.writing ? this.answer!.text : (this.told?.text ?? '')
  }

  /** The answer as a message, which it may become; null before it is asked. */
  get message(): Message | null {
    return this.told && messageOf(this.told)
  }

  get figures(): Figures | null {
    const live = this.answer?.readings ?? null
    if (this.writing) return live && { ...live, budgetRealised: live.budgetRealised ?? null }
    const { tokensPerSecond = null, meanDepth = null, budgetRealised = null } = this.told?.generation ?? {}
    // a column that was broken off has no figures of its own
    return tokensPerSecond !== null && meanDepth !== null ? { tokensPerSecond, meanDepth, budgetRealised } : live
  }

  move(budget: number): void {
    const value = Math.min(100, Math.max(0, Math.round(budget)))
    if (value === this.budget) return
    this.chosen = value
    const { answer } = this
    if (!answer?.live) return
    answer.askFor(value)
    this.moves.push({ answer, budget: value })
  }

  /** Takes up what the host tells of it. */
  adopt(column: Column): void {
    const asked = column.generation.budgetChanges.at(-1)?.budget ?? column.generation.budget
    if (column.id !== this.id) {
      this.chosen = Math.round(asked)
      this.modelId = column.modelId
      this.answer = new RunningAnswer(column.id, 0, this.around.beat, this.around.resync)
    }
    this.told = column
    this.answer?.restore(messageOf(column))
    if (column.status === 'streaming') return
    if (this.answer?.live) this.chosen = this.answer.budget ?? this.chosen
    this.answer?.end()
  }

  /** What it answered is gone. */
  forget(): void {
    this.answer?.end()
    this.answer = this.told = null
  }
}

function messageOf({ id, status, text, generation }: Column): Message {
  return { id, conversationId: 0, parentId: null, role: 'assistant', status, text, createdAt: 0, generation }
}
