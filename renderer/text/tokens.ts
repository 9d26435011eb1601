import type { Token } from '../../models/common/values.ts'
import type { Message } from '../../electron/contract/values.ts'

/** Tokens of a kept answer, from its text and what was recorded of each. */
export function storedTokens(message: Message): Token[] {
  const { generation, text } = message
  if (!generation) return []
  const changes = generation.budgetChanges
  const tokens: Token[] = []
  let start = 0
  let budget = generation.budget
  let change = 0
  for (const [index, length] of generation.lengths.entries()) {
    for (let next = changes[change]; next && next.token <= index; next = changes[++change]) budget = next.budget
    tokens.push({ text: text.slice(start, start + length), depth: generation.depths[index] ?? 0, budget })
    start += length
  }
  return tokens
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

/** Visible stretches of tokens; a token that brings no text yet joins the next one that does. */
export function segmentTokens(tokens: readonly Token[], from = 0): Segment[] {
  const segments: Segment[] = []
  let first = from
  for (let index = from; index < tokens.length; index++) {
    const { text, depth, budget } = tokens[index]!
    if (text === '') continue
    segments.push({ text, first, last: index, depth, budget })
    first = index + 1
  }
  return segments
}

/** Segments of a kept answer, whole text included even where the record is shorter. */
export function segmentMessage(message: Message): Segment[] {
  const segments = segmentTokens(storedTokens(message))
  const covered = segments.reduce((length, segment) => length + segment.text.length, 0)
  const rest = message.text.slice(covered)
  if (rest === '') return segments
  const next = (segments.at(-1)?.last ?? -1) + 1
  return [...segments, { text: rest, first: next, last: next, depth: null, budget: null }]
}
