import type { CacheShape } from '../../models/plan/plan.ts'

const FIRST_CAPACITY = 64

/** K and V of one layer, [capacity, kvHeads · headDim] each, rows in the order in which they were appended. */
interface LayerRows {
  key: Float32Array
  value: Float32Array
}

/** The keys and values of the tokens that were admitted to one visit, with their absolute positions, rising. */
export class KvCache {
  readonly shape: CacheShape
  private readonly width: number
  private readonly layers: LayerRows[]
  private positions: Int32Array
  private count = 0

  constructor(shape: CacheShape) {
    this.shape = shape
    this.width = shape.kvHeads * shape.headDim
    this.positions = new Int32Array(FIRST_CAPACITY)
    this.layers = Array.from({ length: shape.layers }, () => ({
      key: new Float32Array(FIRST_CAPACITY * this.width),
      value: new Float32Array(FIRST_CAPACITY * this.width),
    }))
  }

  get length(): number {
    return this.count
  }

  /** Bytes of the rows in use; the arrays behind them are at most twice as large. */
  get bytes(): number {
    return this.count * this.width * this.shape.layers * 2 * Float32Array.BYTES_PER_ELEMENT
  }

  position(row: number): number {
    return this.positions[row]!
  }

  /** @param rows [positions.length, 2 · layers · width]: per row K and V of every layer */
  append(rows: Float32Array, positions: Int32Array): void {
    this.reserve(this.count + positions.length)
    const { width } = this
    const stride = 2 * this.layers.length * width
    this.layers.forEach((layer, l) => {
      for (let i = 0; i < positions.length; i++) {
        const from = i * stride + 2 * l * width
        const to = (this.count + i) * width
        layer.key.set(rows.subarray(from, from + width), to)
        layer.value.set(rows.subarray(from + width, from + 2 * width), to)
      }
    })
    this.positions.set(positions, this.count)
    this.count += positions.length
  }

  /** Forgets every token from `position` on. */
  rewind(position: number): void {
    while (this.count > 0 && this.positions[this.count - 1]! >= position) this.count--
  }

  /** The first `rows` rows of a layer as they lie in memory, [rows, kvHeads · headDim]. */
  view(layer: number, rows: number): LayerRows {
    const { key, value } = this.layers[layer]!
    return { key: key.subarray(0, rows * this.width), value: value.subarray(0, rows * this.width) }
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
    for (const layer of this.layers) {
      layer.key = grow(layer.key)
      layer.value = grow(layer.value)
    }
    const positions = new Int32Array(capacity)
    positions.set(this.positions)
    this.positions = positions
  }
}
