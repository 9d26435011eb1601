import { Tensor } from 'onnxruntime-node'
import type { CacheShape, Plan } from '../../plan/plan.ts'
import { powerOfTwo } from '../memory/kv-cache.ts'

/** Room grows by doubling from here: sizes that return find buffers of their size in the runtime's pool. */
const FIRST_CAPACITY = 256

/** K and V of one layer, [1, kvHeads, capacity, headDim] each. Never changed: a run that adds rows gives new ones. */
export class Layer {
  readonly key: Tensor
  readonly value: Tensor
  private holders = 1

  constructor(key: Tensor, value: Tensor) {
    this.key = key
    this.value = value
  }

  get capacity(): number {
    return this.key.dims[2]!
  }

  get bytes(): number {
    return 2 * this.key.size * Float32Array.BYTES_PER_ELEMENT
  }

  hold(): this {
    this.holders++
    return this
  }

  /** The last that lets go frees the memory. */
  drop(): void {
    if (--this.holders > 0) return
    this.key.dispose()
    this.value.dispose()
  }
}

/** Gives a layer more room. @param room [1, kvHeads, rows, headDim] */
export type Growth = (layer: Layer, room: Tensor) => Promise<Layer>

/**
 * The K/V of one sequence on a device: per layer two tensors with a row for every position, of which those below the
 * sequence's length hold. So a rewind changes nothing here, and a copy holds the same tensors.
 */
export class DeviceMemory {
  private readonly shapes: Plan['caches']
  private readonly layers = new Map<string, Layer>()

  constructor(shapes: Plan['caches']) {
    this.shapes = shapes
  }

  /** Bytes of all tensors; those held together with other sequences count for each of them. */
  get bytes(): number {
    return [...this.layers.values()].reduce((sum, layer) => sum + layer.bytes, 0)
  }

  layer(slot: string): Layer {
    return this.layers.get(slot)!
  }

  replace(slot: string, layer: Layer): void {
    this.layers.get(slot)?.drop()
    this.layers.set(slot, layer)
  }

  /** Makes room for `rows` rows. */
  async reserve(slot: string, rows: number, grow: Growth): Promise<void> {
    const layer = this.layers.get(slot)
    const before = layer?.capacity ?? 0
    if (rows <= before) return
    const capacity = Math.max(FIRST_CAPACITY, powerOfTwo(rows))
    const room = (): Tensor => empty(this.shapes[slot]!, capacity - before)
    this.replace(slot, layer ? await grow(layer, room()) : new Layer(room(), room()))
  }

  copy(): DeviceMemory {
    const copy = new DeviceMemory(this.shapes)
    for (const [slot, layer] of this.layers) copy.layers.set(slot, layer.hold())
    return copy
  }

  release(): void {
    for (const layer of this.layers.values()) layer.drop()
    this.layers.clear()
  }
}

function empty({ kvHeads, headDim }: CacheShape, rows: number): Tensor {
  return new Tensor('float32', new Float32Array(kvHeads * rows * headDim), [1, kvHeads, rows, headDim])
}
