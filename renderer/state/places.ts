import type { Hits } from '../../electron/contract/search.ts'

/** One hit: the `nth` of its message, from 0. */
export interface Place {
  messageId: number
  nth: number
}

interface Turn {
  id: number
}

/** Every hit on a branch, from its first turn to its last. */
export function placesOn(branch: readonly Turn[], found: readonly Hits[]): Place[] {
  if (found.length === 0) return []
  const counts = new Map(found.map(({ messageId, hits }) => [messageId, hits]))
  return branch.flatMap(({ id: messageId }) =>
    Array.from({ length: counts.get(messageId) ?? 0 }, (_, nth) => ({ messageId, nth })),
  )
}

/** Index of the first place in or after the turn `from` of the branch; 0 where there is none. */
export function firstPlaceFrom(branch: readonly Turn[], places: readonly Place[], from: number | null): number {
  if (from === null) return 0
  const order = new Map(branch.map(({ id }, index) => [id, index]))
  const start = order.get(from) ?? 0
  const at = places.findIndex(({ messageId }) => order.get(messageId)! >= start)
  return Math.max(0, at)
}
