import { SvelteMap, SvelteSet } from 'svelte/reactivity'
import type { AnswerUnderWay } from '../../electron/contract/calls.ts'
import type { Message } from '../../electron/contract/values.ts'
import type { Client } from '../connection/client.ts'
import { Beat } from './beat.ts'
import { RunningAnswer } from './running-answer.svelte.ts'

/** So many answers that have ended keep what only this window saw of them: the speed of each token. */
const REMEMBERED = 8

/** Answers under way, of any conversation. */
export class Running {
  private readonly answers = new SvelteMap<number, RunningAnswer>()
  private readonly ended = new SvelteSet<number>()
  private readonly beat = new Beat()
  private readonly resync: (messageId: number) => void
  private lately = $state.raw<readonly RunningAnswer[]>([])

  /** `resync` is called when an answer has more tokens than have arrived here. */
  constructor(client: Client, resync: (messageId: number) => void) {
    this.resync = resync
    client.on('chat.started', (answer) => {
      this.know([answer])
    })
    client.on('chat.prefill', ({ messageId, done, total }) => {
      this.of(messageId)?.reads(done, total)
    })
    client.on('chat.tokens', ({ messageId, first, tokens, readings }) => {
      this.of(messageId)?.take(first, tokens, readings)
    })
    client.on('chat.budget', ({ messageId, ...change }) => {
      this.of(messageId)?.budgetApplied(change)
    })
    client.on('chat.circling', ({ messageId }) => {
      const answer = this.of(messageId)
      if (answer) answer.circling = true
    })
    client.on('chat.ended', ({ message }) => {
      this.ended.add(message.id)
      const answer = this.of(message.id)
      if (!answer) return
      answer.end()
      this.answers.delete(message.id)
      this.lately = [...this.lately, answer].slice(-REMEMBERED)
    })
    client.on('conversation.deleted', ({ id }) => {
      for (const { messageId } of this.in(id)) this.answers.delete(messageId)
    })
  }

  of(messageId: number | null): RunningAnswer | null {
    return messageId === null ? null : (this.answers.get(messageId) ?? null)
  }

  /** Also for a while after its end. */
  watched(messageId: number | null): RunningAnswer | null {
    return this.of(messageId) ?? this.lately.find((answer) => answer.messageId === messageId) ?? null
  }

  get all(): RunningAnswer[] {
    return [...this.answers.values()]
  }

  get several(): boolean {
    return this.answers.size > 1
  }

  /** Those of one conversation. */
  in(conversationId: number): RunningAnswer[] {
    return [...this.answers.values()].filter((answer) => answer.conversationId === conversationId)
  }

  /** There are these, whatever others. */
  know(answers: readonly AnswerUnderWay[]): void {
    for (const { conversationId, messageId } of answers) {
      if (this.answers.has(messageId) || this.ended.has(messageId)) continue
      const resync = () => {
        this.resync(messageId)
      }
      this.answers.set(messageId, new RunningAnswer(messageId, conversationId, this.beat, resync))
    }
  }

  /** Takes up the present state of the answers under way among `messages`. */
  adopt(messages: readonly Message[]): void {
    for (const message of messages) {
      const { id: messageId, conversationId, status } = message
      if (status === 'streaming') this.know([{ conversationId, messageId }])
      else this.answers.delete(messageId)
      this.of(messageId)?.restore(message)
    }
  }

  /** Forgets all; what still runs is known again from what the host tells. */
  clear(): void {
    this.answers.clear()
    this.lately = []
  }
}
