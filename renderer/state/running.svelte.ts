import { SvelteMap, SvelteSet } from 'svelte/reactivity'
import type { Client } from '../connection/client.ts'
import type { Message } from '../../electron/contract/values.ts'
import { RunningAnswer } from './running-answer.svelte.ts'

/** Answers being written, whichever conversation is on view. */
export class Running {
  readonly #answers = new SvelteMap<number, RunningAnswer>()
  readonly #ended = new SvelteSet<number>()
  readonly #resync: (messageId: number) => void
  /** The answer whose readings are shown: being written or, after that, the last one. */
  latest = $state.raw<RunningAnswer | null>(null)
  readonly current = $derived([...this.#answers.values()].at(-1) ?? null)

  /** `resync` is called when an answer has more tokens than have arrived here. */
  constructor(client: Client, resync: (messageId: number) => void) {
    this.#resync = resync
    client.on('chat.prefill', ({ messageId, done, total }) => {
      this.#answer(messageId).prefill = { done, total }
    })
    client.on('chat.tokens', ({ messageId, first, tokens, readings }) => {
      this.#answer(messageId).take(first, tokens, readings)
    })
    client.on('chat.budget', ({ messageId, token, budget }) => {
      this.#answer(messageId).budgetApplied({ token, budget })
    })
    client.on('chat.ended', ({ message }) => {
      this.#answers.get(message.id)?.end()
      this.#answers.delete(message.id)
      this.#ended.add(message.id)
    })
  }

  of(messageId: number): RunningAnswer | null {
    return this.#answers.get(messageId) ?? null
  }

  /** The answers being written among `messages`, which is all that is known of one conversation. */
  adopt(messages: readonly Message[]): void {
    for (const message of messages) {
      if (message.status === 'streaming' && !this.#ended.has(message.id)) this.#answer(message.id).restore(message)
      else this.#answers.delete(message.id)
    }
  }

  /** Forgets all; what still runs is adopted again from what the host tells. */
  clear(): void {
    this.#answers.clear()
    this.latest = null
  }

  #answer(messageId: number): RunningAnswer {
    const known = this.#answers.get(messageId)
    if (known) return known
    const answer = new RunningAnswer(messageId, () => {
      this.#resync(messageId)
    })
    this.#answers.set(messageId, answer)
    this.latest = answer
    return answer
  }
}
