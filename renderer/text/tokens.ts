import type { Token } from '../../models/common/values.ts'
import type { Message } from '../../electron/contract/values.ts'

/** Tokens of a kept answer and the thought before it, from their texts and what was recorded of each. */
export function storedTokens(message: Message): Token[] {
  const { generation } = message
  if (!generation) return []
  const changes = generation.budgetChanges
  const thought = new Cut(generation.thought?.text ?? '')
  const answer = new Cut(message.text)
  const tokens: Token[] = []
  let budget = generation.budget
  let change = 0
  for (const [index, length] of generation.lengths.entries()) {
    for (let next = changes[change]; next && next.token <= index; next = changes[++change]) budget = next.budget
    const depth = generation.depths[index] ?? 0
    if (index >= (generation.thought?.tokens ?? 0)) tokens.push({ text: answer.next(length), depth, budget })
    else tokens.push({ text: thought.next(length), depth, budget, phase: 'thought' })
  }
  return tokens
}

/** A text, piece by piece. */
class Cut {
  private readonly text: string
  private start = 0

  constructor(text: string) {
    this.text = text
  }

  next(length: number): string {
    const from = this.start
    this.start += length
    return this.text.slice(from, this.start)
  }
}

export function textOf(tokens: readonly Token[], phase: Token['phase']): string {
  return tokens.map((token) => (token.phase === phase ? token.text : '')).join('')
}

/** Adds `incoming`, whose first is token number `first`, to what is known; null where tokens between are missing. */
export function mergeTokens(known: readonly Token[], first: number, incoming: readonly Token[]): Token[] | null {
  if (first > known.length) return null
  const fresh = incoming.slice(known.length - first)
  return [...known, ...fresh]
}

/** A stretch of text that one token completed. `first` to `last`: the tokens whose bytes are in it. */
export interface Segment {
  text: string
  first: number
  last: number
  /** null where nothing was recorded. */
  depth: number | null
  budget: number | null
}

/** Visible stretches of tokens, of the answer or of the thought; a token that brings no text yet joins the next one that does. */
export function segmentTokens(tokens: readonly Token[], from = 0, of?: Token['phase']): Segment[] {
  const segments: Segment[] = []
  let first = from
  for (let index = from; index < tokens.length; index++) {
    const { text, depth, budget, phase } = tokens[index]!
    if (phase !== of) first = index + 1
    if (phase !== of || text === '') continue
    segments.push({ text, first, last: index, depth, budget })
    first = index + 1
  }
  return segments
}

/** Segments of a kept answer, or of its thought; whole text included even where the record is shorter. */
export function segmentMessage(message: Message, of?: Token['phase']): Segment[] {
  const segments = segmentTokens(storedTokens(message), 0, of)
  const covered = segments.reduce((length, segment) => length + segment.text.length, 0)
  const whole = of === 'thought' ? (message.generation?.thought?.text ?? '') : message.text
  const rest = whole.slice(covered)
  if (rest === '') return segments
  const next = (segments.at(-1)?.last ?? -1) + 1
  return [...segments, { text: rest, first: next, last: next, depth: null, budget: null }]
}
