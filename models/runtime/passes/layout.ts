import { PORT } from '../../plan/ports.ts'
import type { Keys } from './joint-keys.ts'
import type { PendingVisit } from './pass.ts'

/** How the keys that the rows of a run are held against lie in one line: cached ones, then the run's own. */
export interface Layout {
  /** Whether keys of the run's own rows are there. */
  own: boolean
  /** Rows of the tensors of cached keys and values: all that there is room for. */
  handed: number
  /** Columns of the mask. */
  width: number
}

/** @param pending that share a run @param inputs what the graph is given */
export function layoutOf(pending: readonly PendingVisit[], keys: Keys, inputs: readonly string[]): Layout {
  const needed = pending.some(({ visit }) => visit.cache !== null && visit.cache.mode !== 'shared')
  // a graph that is not asked computes them all the same
  const own = needed || !inputs.includes(PORT.writes)
  const handed = keys.reserve(keys.length)
  return { own, handed, width: handed + (own ? rowCount(pending) : 0) }
}

/** Of all pending together. */
export function rowCount(pending: readonly PendingVisit[]): number {
  return pending.reduce((sum, { rows }) => sum + rows.length, 0)
}

/** Rows whose logits a graph is asked for: at least one, as it cannot be asked for none. */
export function wantedRows({ pass, rows }: PendingVisit): number {
  return pass.wanted === 'all' ? rows.length : 1
}
