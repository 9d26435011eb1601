import type { Summary } from '../../models/common/values.ts'
import type { Failure } from '../../models/common/errors.ts'
import { toFailure } from '../../models/common/errors.ts'
import type { Token } from '../../models/common/values.ts'
import type { Generation, Message, MessageStatus } from '../contract/values.ts'
import type { Messages } from '../history/messages.ts'

/** An answer while it grows: the latest state in memory, saved at a steady pace. */
export class GrowingAnswer {
  readonly id: number
  readonly conversationId: number
  readonly #messages: Messages
  readonly #saveMs: number
  readonly #start: Message
  readonly #generation: Generation
  #text = ''
  #status: MessageStatus = 'streaming'
  #saving: NodeJS.Timeout | undefined
  #unsaved: Failure | null = null
  #discarded = false

  constructor(messages: Messages, start: Message & { generation: Generation }, saveMs: number) {
    this.id = start.id
    this.conversationId = start.conversationId
    this.#messages = messages
    this.#saveMs = saveMs
    this.#start = start
    this.#generation = structuredClone(start.generation)
  }

  get generation(): Readonly<Generation> {
    return this.#generation
  }

  /** As of now, whether saved or not. */
  get message(): Message {
    return {
      ...this.#start,
      text: this.#text,
      status: this.#status,
      generation: structuredClone(this.#generation),
    }
  }

  update(changes: Partial<Generation>): void {
    Object.assign(this.#generation, changes)
    this.#saveSoon()
  }

  /** Returns the index of the first of them. */
  add(tokens: readonly Token[]): number {
    const first = this.#generation.depths.length
    for (const { text, depth } of tokens) {
      this.#text += text
      this.#generation.depths.push(depth)
      this.#generation.lengths.push(text.length)
    }
    this.#saveSoon()
    return first
  }

  changeBudget(token: number, budget: number): void {
    this.#generation.budgetChanges.push({ token, budget })
    this.#saveSoon()
  }

  finish(summary: Summary): Message {
    const { finishReason, promptTokens, meanDepth, budgetRealised, tokensPerSecond, ttftMs } = summary
    Object.assign(this.#generation, { finishReason, promptTokens, meanDepth, budgetRealised, tokensPerSecond, ttftMs })
    const isStatus = finishReason === 'stopped' || finishReason === 'interrupted' || finishReason === 'error'
    return this.#end(isStatus ? finishReason : 'complete')
  }

  /** Ends it short of its end, with what there is. */
  breakOff(status: 'stopped' | 'interrupted' | 'error', failure: Failure | null): Message {
    Object.assign(this.#generation, { finishReason: status, failure })
    return this.#end(status)
  }

  get discarded(): boolean {
    return this.#discarded
  }

  /** Nothing of it is saved any more. */
  discard(): void {
    clearTimeout(this.#saving)
    this.#discarded = true
  }

  #end(status: MessageStatus): Message {
    clearTimeout(this.#saving)
    this.#status = status
    this.#save()
    if (!this.#unsaved) return this.message
    const { message } = this
    return { ...message, status: 'error', generation: { ...message.generation!, failure: this.#unsaved } }
  }

  #saveSoon(): void {
    if (this.#discarded) return
    this.#saving ??= setTimeout(() => {
      this.#saving = undefined
      this.#save()
    }, this.#saveMs)
  }

  #save(): void {
    try {
      this.#messages.saveAnswer(this.id, { status: this.#status, text: this.#text, generation: this.#generation })
      this.#unsaved = null
    } catch (thrown) {
      this.#unsaved = toFailure(thrown)
    }
  }
}
