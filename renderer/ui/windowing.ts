/** Where each row of a list begins, in pixels, and after the last where the list ends. */
export function offsetsOf(count: number, heightOf: (index: number) => number): Float64Array {
  const offsets = new Float64Array(count + 1)
  for (let index = 0; index < count; index++) offsets[index + 1] = offsets[index]! + heightOf(index)
  return offsets
}

/** Rows [first, end) of which something lies between `top` and `bottom`; at least the one nearest to them. */
export function rowsBetween(offsets: Float64Array, top: number, bottom: number): [first: number, end: number] {
  const count = offsets.length - 1
  if (count <= 0) return [0, 0]
  const first = Math.min(count - 1, lastAtOrBefore(offsets, Math.max(0, top)))
  const end = Math.min(count, Math.max(first, lastAtOrBefore(offsets, Math.max(0, bottom))) + 1)
  return [first, end]
}

/** One row that is in the page, and the height of those left out just before it. */
export interface Piece {
  index: number
  gap: number
}

/** The rows [first, end) and the `kept` ones, in order; and the height of those left out after the last. */
export function piecesOf(
  offsets: Float64Array,
  [first, end]: [number, number],
  kept: Iterable<number> = [],
): { pieces: Piece[]; rest: number } {
  const count = offsets.length - 1
  const indices = new Set<number>()
  for (let index = first; index < end; index++) indices.add(index)
  for (const index of kept) if (index >= 0 && index < count) indices.add(index)
  let at = 0
  const pieces = [...indices]
    .sort((a, b) => a - b)
    .map((index) => {
      const gap = offsets[index]! - offsets[at]!
      at = index + 1
      return { index, gap }
    })
  return { pieces, rest: (offsets[count] ?? 0) - (offsets[at] ?? 0) }
}

/** The last index whose offset is at most `place`. */
function lastAtOrBefore(offsets: Float64Array, place: number): number {
  let [low, high] = [0, offsets.length - 1]
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if (offsets[middle]! <= place) low = middle
    else high = middle - 1
  }
  return low
}

/** What the rows of a list were measured to be, by their keys; of elements that are in the page. */
export class Measured {
  private readonly heights = new Map<number, number>()
  private readonly elements = new Map<unknown, number>()

  of(key: number): number | undefined {
    return this.heights.get(key)
  }

  add(element: unknown, key: number): void {
    this.elements.set(element, key)
  }

  remove(element: unknown): void {
    this.elements.delete(element)
  }

  /** Tells whether this is new. */
  note(element: unknown, height: number): boolean {
    const key = this.elements.get(element)
    if (key === undefined || height === this.heights.get(key)) return false
    this.heights.set(key, height)
    return true
  }
}
