import type { PaceMode, Readings, Token } from '../../models/common/values.ts'
import type { Message } from '../../electron/contract/values.ts'
import { freshOf, storedTokens, textOf } from '../text/tokens.ts'
import type { Beat } from './beat.ts'

interface Arrival {
  first: number
  tokens: readonly Token[]
  readings: Readings
}

interface BudgetChange {
  token: number
  budget: number
  phase?: 'thought' | undefined
  by?: PaceMode | undefined
}

/** For so long what the host tells of a value is taken for the echo of what was moved here. */
export const OWN_ECHO_MS = 1500

/** One answer while it is under way. What arrives between two beats is shown at once. */
export class RunningAnswer {
  readonly messageId: number
  readonly conversationId: number
  private readonly resync: () => void
  private readonly beat: Beat
  private arrivals: Arrival[] = []
  private askedAt = -Infinity
  private asked = $state<number | null>(null)
  /** The last that was asked for here. */
  private own: number | null = null
  private isWaiting = $state(true)
  private thinksSince: number | null = null

  // they grow in place: a copy at each beat would cost more the longer the answer is
  private readonly all: Token[] = []
  private readonly allDepths: number[] = []
  private readonly allSpeeds: number[] = []
  private count = $state(0)
  text = $state('')
  /** What was thought before it. */
  thought = $state.raw({ text: '', tokens: 0, ms: 0 })
  /** Own budget of the thought; null: that of the answer; undefined: not known here. */
  thoughtBudget = $state<number | null | undefined>(undefined)
  /** Its thought was noticed to go in circles. */
  circling = $state(false)
  /** The end of its thought has been asked for. */
  endingThought = $state(false)
  readings = $state.raw<Readings | null>(null)
  prefill = $state.raw<{ done: number; total: number } | null>(null)
  changes = $state.raw<readonly BudgetChange[]>([])
  stopping = $state(false)
  live = $state(true)

  constructor(messageId: number, conversationId: number, beat: Beat, resync: () => void) {
    this.messageId = messageId
    this.conversationId = conversationId
    this.beat = beat
    this.resync = resync
  }

  /** The same array at all times; what reads it is told when it has grown. */
  get tokens(): readonly Token[] {
    return this.count < 0 ? [] : this.all
  }

  get depths(): readonly number[] {
    return this.count < 0 ? [] : this.allDepths
  }

  /** Tokens per second as read when each token came. */
  get speeds(): readonly number[] {
    return this.count < 0 ? [] : this.allSpeeds
  }

  /** In percent; null until it is known. */
  get budget(): number | null {
    return this.asked
  }

  /** Nothing of it has been computed, as far as is known here. */
  get waiting(): boolean {
    return this.isWaiting
  }

  /** Whether the last token was one of its thought. */
  get thinking(): boolean {
    return this.live && this.tokens.at(-1)?.phase === 'thought'
  }

  reads(done: number, total: number): void {
    this.isWaiting = false
    this.prefill = { done, total }
  }

  take(first: number, tokens: readonly Token[], readings: Readings): void {
    this.isWaiting = false
    this.arrivals.push({ first, tokens, readings })
    this.beat.with(this.flush)
  }

  /** It has been asked for here. */
  askFor(budget: number): void {
    this.asked = this.own = budget
    this.askedAt = Date.now()
  }

  budgetApplied(change: BudgetChange): void {
    if (!this.isWaiting) this.changes = [...this.changes, { token: change.token, budget: change.budget }]
    if (change.phase === 'thought') {
      if (Date.now() - this.askedAt > OWN_ECHO_MS) this.thoughtBudget = Math.round(change.budget)
      return
    }
    const budget = Math.round(change.budget)
    const isEcho = !change.by && budget !== this.own && Date.now() - this.askedAt <= OWN_ECHO_MS
    if (!isEcho) this.asked = budget
  }

  /** Takes up what the host has kept of this answer, where that is more than is known here. */
  restore(message: Message): void {
    const { generation } = message
    const kept = storedTokens(message)
    if (kept.length > this.tokens.length) {
      this.thinksSince ??= performance.now() - (generation?.thought?.ms ?? 0)
      this.show(kept, generation?.tokensPerSecond ?? 0)
    }
    if (kept.length > 0) this.isWaiting = false
    if (generation) {
      if (this.changes.length === 0) this.changes = generation.budgetChanges
      this.asked ??= Math.round(this.changes.at(-1)?.budget ?? generation.budget)
    }
    this.flush()
  }

  end(): void {
    this.flush()
    this.live = false
    this.stopping = false
  }

  private readonly flush = (): void => {
    if (this.arrivals.length === 0) return
    const early: Arrival[] = []
    const fresh: Token[] = []
    for (const arrival of this.arrivals) {
      const added = freshOf(this.all.length, arrival.first, arrival.tokens)
      if (!added) {
        early.push(arrival)
        continue
      }
      for (const token of added) {
        this.keep(token, arrival.readings.tokensPerSecond)
        fresh.push(token)
      }
      this.readings = arrival.readings
    }
    this.arrivals = early
    this.add(fresh, this.all.length)
    this.count = this.all.length
    if (early.length > 0) this.resync()
  }

  private keep(token: Token, speed: number): void {
    this.all.push(token)
    this.allDepths.push(token.depth)
    this.allSpeeds.push(speed)
  }

  private show(tokens: readonly Token[], speed: number): void {
    const known = this.allSpeeds.slice()
    this.all.length = this.allDepths.length = this.allSpeeds.length = 0
    for (const [index, token] of tokens.entries()) this.keep(token, known[index] ?? speed)
    this.text = ''
    this.thought = { ...this.thought, text: '' }
    this.add(tokens, tokens.length)
    this.count = tokens.length
  }

  /** @param count of all tokens, with these */
  private add(fresh: readonly Token[], count: number): void {
    this.text += textOf(fresh, undefined)
    const last = fresh.findLastIndex(({ phase }) => phase === 'thought')
    if (last < 0) return
    const now = performance.now()
    this.thinksSince ??= now
    this.thought = {
      text: this.thought.text + textOf(fresh, 'thought'),
      tokens: count - fresh.length + last + 1,
      ms: now - this.thinksSince,
    }
  }
}
