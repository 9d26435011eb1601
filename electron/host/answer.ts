import type { Summary } from '../../models/common/values.ts'
import type { Failure } from '../../models/common/errors.ts'
import { toFailure } from '../../models/common/errors.ts'
import type { PaceMode, Token } from '../../models/common/values.ts'
import type { Generation, Message, MessageStatus } from '../contract/values.ts'
import type { Messages } from '../history/messages.ts'
import { GrowingDetails } from './growing-details.ts'

/** Where it is saved. */
export type AnswerStore = Pick<Messages, 'saveAnswer'>

/** An answer while it grows: the latest state in memory, saved at a steady pace. */
export class GrowingAnswer {
  readonly id: number
  readonly conversationId: number
  /** What was there before a token of its own: the beginning of an answer that is continued. */
  readonly begun: Readonly<{ text: string; tokens: number }>
  readonly details = new GrowingDetails()
  private readonly messages: AnswerStore
  private readonly saveMs: number
  private readonly start: Message
  private readonly record: Generation
  private text = ''
  private status: MessageStatus = 'streaming'
  private thinksSince: number | null = null
  private saving: NodeJS.Timeout | undefined
  private unsaved: Failure | null = null
  private isDiscarded = false

  constructor(messages: AnswerStore, start: Message & { generation: Generation }, saveMs: number) {
    this.id = start.id
    this.conversationId = start.conversationId
    this.messages = messages
    this.saveMs = saveMs
    this.start = start
    this.record = structuredClone(start.generation)
    this.text = start.text
    this.begun = { text: start.text, tokens: start.generation.depths.length }
  }

  get generation(): Readonly<Generation> {
    return this.record
  }

  /** As of now, whether saved or not. */
  get message(): Message {
    return {
      ...this.start,
      text: this.text,
      status: this.status,
      generation: structuredClone(this.record),
    }
  }

  update(changes: Partial<Generation>): void {
    Object.assign(this.record, changes)
    this.saveSoon()
  }

  /** Returns the index of the first of them. */
  add(tokens: readonly Token[]): number {
    const { depths, lengths } = this.record
    const first = depths.length
    this.details.add(first, tokens)
    for (const { text, depth, phase } of tokens) {
      depths.push(depth)
      lengths.push(text.length)
      if (phase === 'thought') this.think(text, depths.length)
      else this.text += text
    }
    this.saveSoon()
    return first
  }

  /** @param by what decided on it in the person's place */
  changeBudget(token: number, budget: number, by?: PaceMode): void {
    this.record.budgetChanges.push({ token, budget, ...(by && { by }) })
    this.saveSoon()
  }

  finish(summary: Summary): Message {
    const { finishReason, promptTokens, meanDepth, budgetRealised, tokensPerSecond, ttftMs } = summary
    Object.assign(this.record, { finishReason, promptTokens, meanDepth, budgetRealised, tokensPerSecond, ttftMs })
    if (this.record.thought && summary.thought) this.record.thought.ms = summary.thought.ms
    const isStatus = finishReason === 'stopped' || finishReason === 'interrupted' || finishReason === 'error'
    return this.end(isStatus ? finishReason : 'complete')
  }

  /** Ends it short of its end, with what there is. */
  breakOff(status: 'stopped' | 'interrupted' | 'error', failure: Failure | null): Message {
    Object.assign(this.record, { finishReason: status, failure })
    return this.end(status)
  }

  get discarded(): boolean {
    return this.isDiscarded
  }

  /** Nothing of it is saved any more. */
  discard(): void {
    clearTimeout(this.saving)
    this.isDiscarded = true
  }

  /** @param tokens of the thought with this one */
  private think(text: string, tokens: number): void {
    const now = performance.now()
    this.thinksSince ??= now
    const before = this.record.thought?.text ?? ''
    this.record.thought = { text: before + text, tokens, ms: now - this.thinksSince }
  }

  private end(status: MessageStatus): Message {
    clearTimeout(this.saving)
    this.status = status
    this.save()
    if (!this.unsaved) return this.message
    const { message } = this
    return { ...message, status: 'error', generation: { ...message.generation!, failure: this.unsaved } }
  }

  private saveSoon(): void {
    if (this.isDiscarded) return
    this.saving ??= setTimeout(() => {
      this.saving = undefined
      this.save()
    }, this.saveMs)
  }

  private save(): void {
    try {
      const details = this.details.unsaved()
      this.messages.saveAnswer(this.id, { status: this.status, text: this.text, generation: this.record, details })
      this.details.saved()
      this.unsaved = null
    } catch (error) {
      this.unsaved = toFailure(error)
    }
  }
}
