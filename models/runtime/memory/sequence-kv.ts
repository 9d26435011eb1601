import type { Visit } from '../../plan/plan.ts'
import type { HeadRows, KvCache } from './kv-cache.ts'

/** The keys and values of one sequence, in all caches of its plan. */
export interface SequenceKv {
  /** That they hold, in use or not. */
  readonly bytes: number
  /** Rows of each cache, in the order of the plan. */
  readonly rows: number[]
  /** Of them, those that tokens left in this very cache: others have theirs from where they left one. */
  readonly written: number[]
  /** Tokens of a prompt that are read in one pass: a stop or a new budget waits for at most so many. */
  readonly chunk: number
  /** Rows of a pass at most, at these thresholds. */
  mostRows(thresholds: readonly number[]): number
  /**
   * Per layer of a visit, what its rows at `positions` (rising) see of other tokens; none where a run finds it itself.
   * @param first position of the pass
   */
  sources(cache: NonNullable<Visit['cache']>, positions: Int32Array, first: number): readonly KvCache[]
  /** Puts new rows into the caches `slots`. @param rows by K/V head, counted over all layers of the visit */
  append(slots: readonly string[], rows: HeadRows, positions: Int32Array): void
  /** Forgets every token from the one at `length` on. */
  rewind(length: number): void
  copy(): SequenceKv
  /** It is used no more. */
  release(): void
}
