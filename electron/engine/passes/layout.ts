import type { Request } from './pass.ts'

/** Rows handed to a graph are so many, or a multiple: sums over them then come out the same, however many are hidden. */
const STEP = 16

/** How the keys that the rows of a run are held against lie in one line: cached ones, the run's own, hidden ones. */
export interface Layout {
  /** Whether the run's own rows are written behind the cache that is handed over. */
  inPlace: boolean
  /** Whether keys of the run's own rows are there. */
  own: boolean
  /** Column of the first of them. */
  start: number
  /** Rows of the tensors of keys and values; at least one, as attention kernels refuse an empty cache. */
  handed: number
  /** Columns of the mask. */
  width: number
}

/**
 * @param requests that share a run
 * @param length rows in the cache
 */
export function layoutOf(requests: readonly Request[], length: number): Layout {
  const { pass, visit } = requests[0]!
  const { inputs } = pass.plan.graphs[visit.graph]!
  const inPlace = !inputs.includes('split')
  const needed = requests.some(({ visit }) => visit.cache !== null && visit.cache.writes !== 'others')
  const own = needed || (!inPlace && !inputs.includes('writes'))
  const rows = own ? rowCount(requests) : 0
  if (!inPlace) {
    const handed = Math.max(1, length)
    return { inPlace, own, start: handed, handed, width: handed + rows }
  }
  const handed = Math.max(1, Math.ceil((length + rows) / STEP)) * STEP
  return { inPlace, own, start: length, handed, width: handed }
}

/** Of all requests together. */
export function rowCount(requests: readonly Request[]): number {
  return requests.reduce((sum, { rows }) => sum + rows.length, 0)
}
