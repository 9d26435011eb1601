import type { CacheShape } from '../../../models/plan/plan.ts'

const FIRST_CAPACITY = 64

/** The keys and values of one layer: a row for every token that left one, with its absolute position. */
export class KvCache {
  readonly shape: CacheShape
  private readonly width: number
  private keys: Float32Array
  private values: Float32Array
  private positions = new Int32Array(FIRST_CAPACITY)
  private count = 0
  private highest = -1
  private changes = 0
  /** Positions of the rows that are another cache's. */
  private taken = new Set<number>()

  constructor(shape: CacheShape) {
    this.shape = shape
    this.width = shape.kvHeads * shape.headDim
    this.keys = new Float32Array(FIRST_CAPACITY * this.width)
    this.values = new Float32Array(FIRST_CAPACITY * this.width)
  }

  get length(): number {
    return this.count
  }

  /** Rows that tokens left here themselves, rather than in a cache that completed this one. */
  get written(): number {
    return this.count - this.taken.size
  }

  /** How often rows were changed or taken away, rather than added. */
  get edits(): number {
    return this.changes
  }

  /** Bytes of the rows in use; the arrays behind them are at most twice as large. */
  get bytes(): number {
    return this.count * this.width * 2 * Float32Array.BYTES_PER_ELEMENT
  }

  /** The highest position, −1 while there is none. */
  get last(): number {
    return this.highest
  }

  position(row: number): number {
    return this.positions[row]!
  }

  /**
   * @param key, value [positions.length, kvHeads · headDim]; not copied where they are what `end` gave
   * @param positions not in the cache yet
   */
  append(key: Float32Array, value: Float32Array, positions: Int32Array): void {
    if (positions.length === 0) return
    const end = this.end(positions.length)
    if (key.buffer !== end.key.buffer || key.byteOffset !== end.key.byteOffset) {
      end.key.set(key)
      end.value.set(value)
    }
    for (const position of positions) this.highest = Math.max(this.highest, position)
    this.positions.set(positions, this.count)
    this.count += positions.length
  }

  /** Where the next `rows` rows will lie, [rows, kvHeads · headDim]. */
  end(rows: number): { key: Float32Array; value: Float32Array } {
    this.reserve(this.count + rows)
    const [from, to] = [this.count * this.width, (this.count + rows) * this.width]
    return { key: this.keys.subarray(from, to), value: this.values.subarray(from, to) }
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
      this.reserve(this.count + 1)
      const from = row * this.width
      this.keys.set(other.keys.subarray(from, from + this.width), this.count * this.width)
      this.values.set(other.values.subarray(from, from + this.width), this.count * this.width)
      this.positions[this.count++] = position
      this.taken.add(position)
      this.highest = Math.max(this.highest, position)
    }
  }

  copy(): KvCache {
    const copy = new KvCache(this.shape)
    copy.keys = this.keys.slice()
    copy.values = this.values.slice()
    copy.positions = this.positions.slice()
    copy.count = this.count
    copy.highest = this.highest
    copy.taken = new Set(this.taken)
    return copy
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
  }

  /** The first `rows` rows as they lie in memory, [rows, kvHeads · headDim]; beyond `length` they hold anything. */
  view(rows: number): { key: Float32Array; value: Float32Array } {
    this.reserve(rows)
    return { key: this.keys.subarray(0, rows * this.width), value: this.values.subarray(0, rows * this.width) }
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
      if (kept !== row) {
        const [from, to] = [row * this.width, kept * this.width]
        this.keys.copyWithin(to, from, from + this.width)
        this.values.copyWithin(to, from, from + this.width)
        this.positions[kept] = position
      }
      this.highest = Math.max(this.highest, position)
      kept++
    }
    this.count = kept
  }

  private reserve(count: number): void {
    if (count <= this.positions.length) return
    let capacity = this.positions.length
    while (capacity < count) capacity *= 2
    const grow = (old: Float32Array): Float32Array => {
      const larger = new Float32Array(capacity * this.width)
      larger.set(old)
      return larger
    }
    this.keys = grow(this.keys)
    this.values = grow(this.values)
    const positions = new Int32Array(capacity)
    positions.set(this.positions)
    this.positions = positions
  }
}
