import type { Token } from '../../models/common/values.ts'
import type { Segment } from './tokens.ts'
import { segmentTokens } from './tokens.ts'

const GROUP = 64

/** Segments of tokens that only grow, in groups of which all but the last stay the same objects. */
export class SegmentStream {
  private groups: Segment[][] = []
  private next = 0
  private readonly of: Token['phase']

  /** @param of which tokens: those of the answer, or of the thought */
  constructor(of?: Token['phase']) {
    this.of = of
  }

  update(tokens: readonly Token[]): readonly (readonly Segment[])[] {
    if (tokens.length < this.next) {
      this.groups = []
      this.next = 0
    }
    const fresh = segmentTokens(tokens, this.next, this.of)
    this.next = (fresh.at(-1)?.last ?? this.next - 1) + 1
    this.groups = append(this.groups, fresh)
    return this.groups
  }
}

/** Segments in groups, for those who have them all at once. */
export const inGroups = (segments: readonly Segment[]): readonly (readonly Segment[])[] => append([], segments)

function append(groups: Segment[][], fresh: readonly Segment[]): Segment[][] {
  const last = groups.at(-1) ?? []
  const all = [...last, ...fresh]
  const grown = groups.slice(0, -1)
  for (let start = 0; start < all.length; start += GROUP) grown.push(all.slice(start, start + GROUP))
  return grown
}
