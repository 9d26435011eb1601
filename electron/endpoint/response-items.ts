import type { ResponseOutputItem } from 'openai/resources/responses/responses'
import type { Token } from '../../models/common/values.ts'
import type { ResponseEvent } from './format.ts'
import type { TokenLikelihood } from './likelihoods.ts'
import { chatLikelihoods } from './likelihoods.ts'
import type { Phase } from '../../models/common/values.ts'

/** Parts of names that differ between thought and answer. */
const KINDS = {
  thought: { prefix: 'rs_', text: 'response.reasoning_text' },
  answer: { prefix: 'msg_', text: 'response.output_text' },
} as const

type Status = 'in_progress' | 'completed' | 'incomplete'

interface Item {
  phase: Phase
  id: string
  status: Status
  text: string
  likelihoods: TokenLikelihood[]
}

/** The items of a response as they grow, one for each phase of the answer, and the events that tell of it. */
export class ResponseItems {
  private readonly answerId: string
  private readonly items: Item[] = []

  constructor(answerId: string) {
    this.answerId = answerId
  }

  /** Those that have begun, as far as they are written. */
  get output(): ResponseOutputItem[] {
    return this.items.map(itemOf)
  }

  add({ phase, tokens, text }: { phase: Phase; tokens: readonly Token[]; text: string }): ResponseEvent[] {
    const events = this.current?.phase === phase ? [] : [...this.end('completed'), ...this.begin(phase)]
    const item = this.current!
    const likelihoods = chatLikelihoods(tokens)
    item.text += text
    item.likelihoods.push(...likelihoods)
    if (text === '' && likelihoods.length === 0) return events
    const logprobs = phase === 'answer' && { logprobs: likelihoods }
    return [
      ...events,
      { type: `${KINDS[phase].text}.delta`, ...this.place, content_index: 0, delta: text, ...logprobs },
    ]
  }

  /** There is no more. An answer without a token is an empty message. */
  finish(isCut: boolean): ResponseEvent[] {
    const events = this.items.length === 0 ? this.begin('answer') : []
    return [...events, ...this.end(isCut ? 'incomplete' : 'completed')]
  }

  private get current(): Item | undefined {
    const last = this.items.at(-1)
    return last?.status === 'in_progress' ? last : undefined
  }

  /** Where the item under way is. */
  private get place(): { item_id: string; output_index: number } {
    const index = this.items.length - 1
    return { item_id: this.items[index]!.id, output_index: index }
  }

  private begin(phase: Phase): ResponseEvent[] {
    const index = this.items.length
    const id = `${KINDS[phase].prefix}${this.answerId.replace(/^.*_/, '')}${index}`
    const item: Item = { phase, id, status: 'in_progress', text: '', likelihoods: [] }
    this.items.push(item)
    return [
      { type: 'response.output_item.added', output_index: index, item: { ...itemOf(item), content: [] } },
      { type: 'response.content_part.added', ...this.place, content_index: 0, part: partOf(item) },
    ]
  }

  private end(status: Status): ResponseEvent[] {
    const item = this.current
    if (!item) return []
    item.status = status
    const place = { ...this.place, content_index: 0 }
    const logprobs = item.phase === 'answer' && { logprobs: item.likelihoods }
    return [
      { type: `${KINDS[item.phase].text}.done`, ...place, text: item.text, ...logprobs },
      { type: 'response.content_part.done', ...place, part: partOf(item) },
      { type: 'response.output_item.done', output_index: place.output_index, item: itemOf(item) },
    ]
  }
}

function itemOf(item: Item): ResponseOutputItem {
  const { phase, id, status } = item
  if (phase === 'thought') return { id, type: 'reasoning', status, summary: [], content: [thoughtPart(item)] }
  return { id, type: 'message', role: 'assistant', status, content: [answerPart(item)] }
}

const partOf = (item: Item): object => (item.phase === 'thought' ? thoughtPart(item) : answerPart(item))

const thoughtPart = ({ text }: Item) => ({ type: 'reasoning_text' as const, text })

const answerPart = ({ text, likelihoods }: Item) => ({
  type: 'output_text' as const,
  text,
  annotations: [],
  logprobs: likelihoods.map((likelihood) => ({
    ...likelihood,
    bytes: likelihood.bytes ?? [],
    top_logprobs: likelihood.top_logprobs.map((top) => ({ ...top, bytes: top.bytes ?? [] })),
  })),
})
