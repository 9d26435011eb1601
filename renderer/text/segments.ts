import type { Token } from '../../models/common/values.ts'
import type { Message } from '../../electron/contract/values.ts'
import { withPlainLineEnds } from './sections.ts'

/** A stretch of text that one token completed. */
export interface Segment {
  text: string
  /** Which token, counted from 0. */
  last: number
  /** null where nothing was recorded. */
  depth: number | null
}

/** Segments of a text that only grows: of each where it ends, its token and its depth. An answer may have a million. */
export class Segments {
  /** Where each ends in the text, whose lines end with \n alone. */
  private readonly ends: number[] = []
  private readonly lasts: number[] = []
  private readonly depths: (number | null)[] = []
  private beforeIsReturn = false

  get length(): number {
    return this.ends.length
  }

  add({ text, last, depth }: Segment): void {
    // a line's end in two tokens is one character
    const joined = this.beforeIsReturn && text.startsWith('\n') ? 1 : 0
    const plain = text.includes('\r') ? withPlainLineEnds(text) : text
    this.push((this.ends.at(-1) ?? 0) + plain.length - joined, last, depth)
    this.beforeIsReturn = text.endsWith('\r')
  }

  /** One whose text has no \r. */
  push(end: number, last: number, depth: number | null): void {
    this.ends.push(end)
    this.lasts.push(last)
    this.depths.push(depth)
  }

  clear(): void {
    this.ends.length = this.lasts.length = this.depths.length = 0
    this.beforeIsReturn = false
  }

  start(index: number): number {
    return this.ends[index - 1] ?? 0
  }

  end(index: number): number {
    return this.ends[index] ?? 0
  }

  /** Its token, counted from 0 in the whole answer. */
  token(index: number): number | null {
    return this.lasts[index] ?? null
  }

  depth(index: number): number | null {
    return this.depths[index] ?? null
  }

  /** Which segment holds the character at `offset`; `length` where none does. */
  at(offset: number): number {
    let low = 0
    let high = this.ends.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.ends[middle]! > offset) high = middle
      else low = middle + 1
    }
    return low
  }
}

/** Segments of tokens that only grow; a token that brings no text yet joins the next one that does. */
export class SegmentStream {
  private readonly segments = new Segments()
  private next = 0
  private readonly of: Token['phase']

  /** @param of which tokens: those of the answer, or of the thought */
  constructor(of?: Token['phase']) {
    this.of = of
  }

  update(tokens: readonly Token[]): Segments {
    if (tokens.length < this.next) {
      this.segments.clear()
      this.next = 0
    }
    for (; this.next < tokens.length; this.next++) {
      const { text, depth, phase } = tokens[this.next]!
      if (phase === this.of && text !== '') this.segments.add({ text, last: this.next, depth })
    }
    return this.segments
  }
}

/** Segments of a kept answer, or of its thought; the whole text is in them even where the record is shorter. */
export function segmentsOf({ text: answer, generation }: Message, of?: Token['phase']): Segments {
  const segments = new Segments()
  const text = of === 'thought' ? (generation?.thought?.text ?? '') : answer
  const thought = generation?.thought?.tokens ?? 0
  const lengths = generation?.lengths ?? []
  const [first, end] = of === 'thought' ? [0, Math.min(thought, lengths.length)] : [thought, lengths.length]
  const plain = !text.includes('\r')
  let at = 0
  for (let last = first; last < end && at < text.length; last++) {
    const next = Math.min(text.length, at + lengths[last]!)
    if (next === at) continue
    const depth = generation?.depths[last] ?? null
    if (plain) segments.push(next, last, depth)
    else segments.add({ text: text.slice(at, next), last, depth })
    at = next
  }
  if (at < text.length) segments.add({ text: text.slice(at), last: end, depth: null })
  return segments
}
