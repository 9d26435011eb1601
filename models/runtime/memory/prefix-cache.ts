import type { Sequence } from '../sequence.ts'

/** Fewer tokens than this are read again rather than copied. */
const WORTH_COPYING = 16
/** More conversations than these are not come back to, however little a small model's take. */
export const MOST_SEQUENCES = 32

/**
 * Sequences that were read before, so that what a conversation begins with is not computed again: the latest first. A
 * token's keys and values stay as they were computed, at the budget of that time.
 */
export class PrefixCache {
  private readonly limit: number
  private kept: Sequence[] = []

  /** @param limit bytes of keys and values that are kept */
  constructor(limit: number) {
    this.limit = limit
  }

  get bytes(): number {
    return this.kept.reduce((sum, sequence) => sum + sequence.kv.bytes, 0)
  }

  /**
   * A sequence that has read a beginning of `prompt`, but never all of it: the last token's logits are wanted. It is the
   * caller's own until `keep`. One that another conversation may go on from is copied, not taken.
   * @returns null where nothing of use is kept
   */
  take(prompt: readonly number[]): Sequence | null {
    const last = prompt.length - 1
    const common = (sequence: Sequence): number => Math.min(last, commonLength(sequence.ids, prompt))
    const best = this.kept.reduce<Sequence | null>(
      (found, sequence) => (common(sequence) > (found ? common(found) : 0) ? sequence : found),
      null,
    )
    if (!best) return null
    const shared = common(best)
    if (2 * shared < best.length) return shared < WORTH_COPYING ? null : best.fork(shared)
    this.kept = this.kept.filter((sequence) => sequence !== best)
    best.rewind(shared)
    return best
  }

  /** Keeps a sequence for later; forgets the oldest beyond the limit, or beyond MOST_SEQUENCES. */
  keep(sequence: Sequence): void {
    this.kept = [sequence, ...this.kept]
    while (this.kept.length > MOST_SEQUENCES || (this.kept.length > 0 && this.bytes > this.limit))
      this.kept.pop()!.release()
  }

  clear(): void {
    for (const sequence of this.kept) sequence.release()
    this.kept = []
  }
}

function commonLength(a: readonly number[], b: readonly number[]): number {
  let length = 0
  while (length < a.length && length < b.length && a[length] === b[length]) length++
  return length
}
