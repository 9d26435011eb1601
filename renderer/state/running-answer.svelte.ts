import type { Readings, Token } from '../../models/common/values.ts'
import type { Message } from '../../electron/contract/values.ts'
import { mergeTokens, storedTokens } from '../text/tokens.ts'

interface Arrival {
  first: number
  tokens: readonly Token[]
  readings: Readings
}

interface BudgetChange {
  token: number
  budget: number
}

/** One answer while it is written. What arrives between two frames of the screen is shown at once. */
export class RunningAnswer {
  readonly messageId: number
  readonly #resync: () => void
  #arrivals: Arrival[] = []
  #frame = false
  #conversationId = $state<number | null>(null)

  tokens = $state.raw<readonly Token[]>([])
  /** Tokens per second as read when each token came. */
  speeds = $state.raw<readonly number[]>([])
  text = $state('')
  readings = $state.raw<Readings | null>(null)
  prefill = $state.raw<{ done: number; total: number } | null>(null)
  changes = $state.raw<readonly BudgetChange[]>([])
  stopping = $state(false)
  live = $state(true)

  constructor(messageId: number, resync: () => void) {
    this.messageId = messageId
    this.#resync = resync
  }

  /** null until the conversation it belongs to has been read. */
  get conversationId(): number | null {
    return this.#conversationId
  }

  take(first: number, tokens: readonly Token[], readings: Readings): void {
    this.#arrivals.push({ first, tokens, readings })
    if (this.#frame) return
    this.#frame = true
    nextFrame(() => {
      this.#frame = false
      this.#flush()
    })
  }

  budgetApplied(change: BudgetChange): void {
    this.changes = [...this.changes, change]
  }

  /** Takes up what the host has kept of this answer, where that is more than is known here. */
  restore(message: Message): void {
    this.#conversationId = message.conversationId
    const kept = storedTokens(message)
    if (kept.length > this.tokens.length) this.#show(kept, message.generation?.tokensPerSecond ?? 0)
    if (this.changes.length === 0) this.changes = message.generation?.budgetChanges ?? []
    this.#flush()
  }

  end(): void {
    this.#flush()
    this.live = false
    this.stopping = false
  }

  #flush(): void {
    if (this.#arrivals.length === 0) return
    let tokens = this.tokens
    let speeds = this.speeds
    const early: Arrival[] = []
    for (const arrival of this.#arrivals) {
      const merged = mergeTokens(tokens, arrival.first, arrival.tokens)
      if (!merged) {
        early.push(arrival)
        continue
      }
      const fresh = merged.length - tokens.length
      tokens = merged
      speeds = [...speeds, ...Array.from({ length: fresh }, () => arrival.readings.tokensPerSecond)]
      this.readings = arrival.readings
    }
    this.#arrivals = early
    this.text += tokens
      .slice(this.tokens.length)
      .map(({ text }) => text)
      .join('')
    this.tokens = tokens
    this.speeds = speeds
    if (early.length > 0) this.#resync()
  }

  #show(tokens: readonly Token[], speed: number): void {
    this.tokens = tokens
    this.speeds = tokens.map((_, index) => this.speeds[index] ?? speed)
    this.text = tokens.map(({ text }) => text).join('')
  }
}

function nextFrame(then: () => void): void {
  if (typeof requestAnimationFrame === 'function' && document.visibilityState === 'visible') requestAnimationFrame(then)
  else setTimeout(then, 50)
}
