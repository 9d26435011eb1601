import { Tensor } from 'onnxruntime-node'
import type { CacheShape } from '../../plan/plan.ts'

/** Rows that a cache has room for are a multiple of this, and of an eighth of the power of two below them. */
const STEP = 64

/** The least room for so many rows that caches are given. */
export function roomFor(rows: number): number {
  const step = Math.max(STEP, 2 ** Math.floor(Math.log2(Math.max(1, rows))) / 8)
  return Math.max(1, Math.ceil(rows / step)) * step
}

/** Rows of one head, [rows, headDim]. */
export type HeadRows = (kind: 'key' | 'value', head: number) => Float32Array

/**
 * The keys and values of one layer: a row for every token that left one, with its absolute position. Every head's rows
 * lie together, as attention reads them; so room is reserved in steps, and a graph is handed all of it. The memory behind
 * it grows by quarters of powers of two: of few sizes, it is used again rather than broken into pieces.
 */
export class KvCache {
  readonly shape: CacheShape
  private memory = { key: new Float32Array(0), value: new Float32Array(0) }
  /** The part of the memory that is in use. */
  private used = { key: new Float32Array(0), value: new Float32Array(0) }
  private tensors: Partial<Record<'key' | 'value', Tensor>> = {}
  private positions = new Int32Array(0)
  private reserved = 0
  private count = 0
  private highest = -1
  private changes = 0
  /** Positions of the rows that are another cache's. */
  private taken = new Set<number>()

  constructor(shape: CacheShape) {
    this.shape = shape
  }

  get length(): number {
    return this.count
  }

  /** Rows that there is room for. */
  get room(): number {
    return this.reserved
  }

  /** Rows that tokens left here themselves, rather than in a cache that completed this one. */
  get written(): number {
    return this.count - this.taken.size
  }

  /** How often rows were changed or taken away, rather than added. */
  get edits(): number {
    return this.changes
  }

  /** Bytes that it holds, in use or not. */
  get bytes(): number {
    const { key, value } = this.memory
    return key.byteLength + value.byteLength + this.positions.byteLength
  }

  /** The highest position, −1 while there is none. */
  get last(): number {
    return this.highest
  }

  position(row: number): number {
    return this.positions[row]!
  }

  /** All rows that there is room for, [kvHeads, 1, room, headDim]; beyond `length` they hold anything. */
  tensor(kind: 'key' | 'value'): Tensor {
    const { kvHeads, headDim } = this.shape
    return (this.tensors[kind] ??= new Tensor('float32', this.used[kind], [kvHeads, 1, this.reserved, headDim]))
  }

  /** The rows of a head from one on to another, as they lie in memory. */
  rows(kind: 'key' | 'value', head: number, from: number, to: number): Float32Array {
    const { headDim } = this.shape
    const start = head * this.reserved
    return this.used[kind].subarray((start + from) * headDim, (start + to) * headDim)
  }

  /** @param rows of the new tokens @param positions not in the cache yet */
  append(rows: HeadRows, positions: Int32Array): void {
    if (positions.length === 0) return
    const end = this.count + positions.length
    this.reserve(end)
    for (const kind of ['key', 'value'] as const) {
      for (let head = 0; head < this.shape.kvHeads; head++) {
        this.used[kind].set(rows(kind, head), (head * this.reserved + this.count) * this.shape.headDim)
      }
    }
    for (const position of positions) this.highest = Math.max(this.highest, position)
    this.positions.set(positions, this.count)
    this.count = end
  }

  /** Sees to it that there is room for so many rows. */
  reserve(rows: number): void {
    if (rows > this.reserved) this.resize(roomFor(rows))
  }

  /**
   * Takes over the rows of the tokens that `other` holds and this cache does not.
   * @param except those about to be written
   */
  fill(other: KvCache, except: Int32Array): void {
    if (other.count - other.countOf(except) === this.count) return
    const known = new Set(this.positions.subarray(0, this.count))
    for (const position of except) known.add(position)
    for (let row = 0; row < other.count; row++) {
      const position = other.position(row)
      if (known.has(position)) continue
      this.append((kind, head) => other.rows(kind, head, row, row + 1), Int32Array.of(position))
      this.taken.add(position)
    }
  }

  copy(): KvCache {
    const copy = new KvCache(this.shape)
    copy.resize(this.reserved)
    for (const kind of ['key', 'value'] as const) copy.used[kind].set(this.used[kind])
    copy.positions = this.positions.slice()
    copy.count = this.count
    copy.highest = this.highest
    copy.taken = new Set(this.taken)
    return copy
  }

  /** Forgets the tokens at `positions` (rising), which are about to be written again. */
  drop(positions: Int32Array): void {
    if (positions.length === 0 || positions[0]! > this.highest) return
    const gone = new Set(positions)
    this.retain((position) => !gone.has(position))
  }

  /** Forgets every token from `position` on. */
  rewind(position: number): void {
    if (position > this.highest) return
    this.retain((kept) => kept < position)
    // the same room as before the tokens came: sums over more keys, though hidden, may be rounded otherwise
    if (this.reserved !== roomFor(this.count)) this.resize(roomFor(this.count))
  }

  /** How many of the tokens at `positions` (rising) are among the last rows, where new ones are. */
  private countOf(positions: Int32Array): number {
    const first = positions[0]!
    let found = 0
    for (let row = this.count - 1; row >= 0 && this.positions[row]! >= first; row--) {
      if (positions.includes(this.positions[row]!)) found++
    }
    return found
  }

  private retain(keep: (position: number) => boolean): void {
    this.changes++
    let kept = 0
    this.highest = -1
    for (let row = 0; row < this.count; row++) {
      const position = this.positions[row]!
      if (!keep(position)) {
        this.taken.delete(position)
        continue
      }
      if (kept !== row) this.move(row, kept)
      this.positions[kept] = position
      this.highest = Math.max(this.highest, position)
      kept++
    }
    this.count = kept
  }

  private move(from: number, to: number): void {
    for (const kind of ['key', 'value'] as const) {
      for (let head = 0; head < this.shape.kvHeads; head++) {
        this.rows(kind, head, to, to + 1).set(this.rows(kind, head, from, from + 1))
      }
    }
  }

  private resize(room: number): void {
    const { kvHeads, headDim } = this.shape
    const size = kvHeads * room * headDim
    const available = this.memory.key.length
    const other = size > available || 4 * size < available
    // to the right from the last head on, to the left from the first: what is still to be moved is not written over
    const heads = Array.from({ length: kvHeads }, (_, i) => (room > this.reserved ? kvHeads - 1 - i : i))
    for (const kind of ['key', 'value'] as const) {
      const from = this.memory[kind]
      const to = other ? new Float32Array(kvHeads * memoryFor(room) * headDim) : from
      for (const head of heads) {
        const start = head * this.reserved * headDim
        const rows = from.subarray(start, start + this.count * headDim)
        to.set(rows, head * room * headDim)
      }
      this.memory[kind] = to
      this.used[kind] = to.subarray(0, size)
    }
    const positions = new Int32Array(room)
    positions.set(this.positions.subarray(0, this.count))
    this.positions = positions
    this.reserved = room
    this.tensors = {}
  }
}

/** Rows that memory is asked for where there is to be room for so many: with the next quarter of the power of two below. */
function memoryFor(room: number): number {
  const step = Math.max(1, 2 ** Math.floor(Math.log2(Math.max(1, room))) / 4)
  return Math.ceil(room / step) * step
}

/** The least power of two that is no less. */
export function powerOfTwo(least: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(1, least)))
}
