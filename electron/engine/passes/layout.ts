import type { Keys } from './joint-keys.ts'
import type { Request } from './pass.ts'

/** How the keys that the rows of a run are held against lie in one line: cached ones, the run's own, hidden ones. */
export interface Layout {
  /** Whether the run's own rows are written behind the cache that is handed over. */
  inPlace: boolean
  /** Whether keys of the run's own rows are there. */
  own: boolean
  /** Column of the first of them. */
  start: number
  /** Rows of the tensors of keys and values: all that there is room for. */
  handed: number
  /** Columns of the mask. */
  width: number
}

/** @param requests that share a run @param inputs what the graph is given */
export function layoutOf(requests: readonly Request[], keys: Keys, inputs: readonly string[]): Layout {
  const inPlace = !inputs.includes('split')
  const needed = requests.some(({ visit }) => visit.cache !== null && visit.cache.writes !== 'others')
  const own = needed || (!inPlace && !inputs.includes('writes'))
  const rows = own ? rowCount(requests) : 0
  const handed = keys.reserve(keys.length + (inPlace ? rows : 0))
  return inPlace
    ? { inPlace, own, start: keys.length, handed, width: handed }
    : { inPlace, own, start: handed, handed, width: handed + rows }
}

/** Of all requests together. */
export function rowCount(requests: readonly Request[]): number {
  return requests.reduce((sum, { rows }) => sum + rows.length, 0)
}
