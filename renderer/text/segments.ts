import type { Token } from '../../models/common/values.ts'
import { withPlainLineEnds } from './sections.ts'
import type { Segment } from './tokens.ts'
import { segmentTokens } from './tokens.ts'

/** Segments of a text that only grows, and where they end in it. */
export class Segments {
  readonly all: Segment[] = []
  /** Where each ends in the text, whose lines end with \n alone. */
  private readonly ends: number[] = []
  private before = ''

  get length(): number {
    return this.all.length
  }

  add(segments: readonly Segment[]): void {
    for (const segment of segments) {
      // a line's end in two tokens is one character
      const joined = this.before.endsWith('\r') && segment.text.startsWith('\n') ? 1 : 0
      this.ends.push((this.ends.at(-1) ?? 0) + withPlainLineEnds(segment.text).length - joined)
      this.all.push(segment)
      this.before = segment.text
    }
  }

  clear(): void {
    this.all.length = 0
    this.ends.length = 0
    this.before = ''
  }

  start(index: number): number {
    return this.ends[index - 1] ?? 0
  }

  end(index: number): number {
    return this.ends[index] ?? 0
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

/** Segments of tokens that only grow. */
export class SegmentStream {
  readonly segments = new Segments()
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
    const fresh = segmentTokens(tokens, this.next, this.of)
    this.next = (fresh.at(-1)?.last ?? this.next - 1) + 1
    this.segments.add(fresh)
    return this.segments
  }
}

/** Segments that are all there. */
export function segmentsOf(all: readonly Segment[]): Segments {
  const segments = new Segments()
  segments.add(all)
  return segments
}
