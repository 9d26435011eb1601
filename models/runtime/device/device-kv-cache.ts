import type { Tensor } from 'onnxruntime-node'
import type { CacheShape, Plan } from '../../plan/plan.ts'
import type { KvCache } from '../memory/kv-cache.ts'
import { powerOfTwo } from '../memory/kv-cache.ts'
import type { SequenceKv } from '../memory/sequence-kv.ts'
import type { DeviceTensors } from './device-tensors.ts'

/** Room grows by doubling from here: sizes that return find buffers of their size in the runtime's pool. */
const FIRST_CAPACITY = 256

/** K and V of one layer, [1, kvHeads, capacity, headDim] each; runs write into them as long as one sequence holds them. */
class LayerKv {
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

  get shared(): boolean {
    return this.holders > 1
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

/** What a device can do for a plan, found when its graphs were loaded. */
export interface DeviceLimits {
  /** Rows of a pass at most. */
  rows: number
}

/**
 * The K/V of one sequence in a device's memory: per cache two tensors with a row for every position, of which those below
 * the sequence's length hold. So a rewind changes nothing here, and a copy holds the same tensors until either writes.
 */
export class DeviceKvCache implements SequenceKv {
  private readonly plan: Pick<Plan, 'caches' | 'visits'>
  private readonly tensors: DeviceTensors
  private readonly limits: DeviceLimits
  private readonly layers = new Map<string, LayerKv>()
  private length = 0

  constructor(plan: Pick<Plan, 'caches' | 'visits'>, tensors: DeviceTensors, limits: DeviceLimits) {
    this.plan = plan
    this.tensors = tensors
    this.limits = limits
  }

  /** Those held together with other sequences count for each of them. */
  get bytes(): number {
    return [...this.layers.values()].reduce((sum, layer) => sum + layer.bytes, 0)
  }

  get rows(): number[] {
    return Object.keys(this.plan.caches).map(() => this.length)
  }

  get written(): number[] {
    return this.rows
  }

  get chunk(): number {
    return this.limits.rows
  }

  /** One, where tokens of a pass could leave behind different visits, and each shows later ones what it left last. */
  mostRows(thresholds: readonly number[]): number {
    const completes = this.plan.visits.some(({ cache }) => cache?.missing)
    return completes && thresholds.some((threshold) => Number.isFinite(threshold)) ? 1 : this.limits.rows
  }

  sources(): readonly KvCache[] {
    return []
  }

  append(): void {
    // a run writes its rows itself
  }

  layer(slot: string): LayerKv {
    return this.layers.get(slot)!
  }

  /** Makes room for `rows` rows that this sequence alone may write. @throws DepthwiseError COMPUTE_FAILED */
  async reserve(slot: string, rows: number): Promise<void> {
    const layer = this.layers.get(slot)
    const before = layer?.capacity ?? 0
    if (rows <= before && !layer!.shared) return
    const capacity = rows <= before ? before : Math.max(FIRST_CAPACITY, powerOfTwo(rows))
    const make = (from: Tensor | undefined): Promise<Tensor> => this.withRoom(from, capacity, this.plan.caches[slot]!)
    this.layers.set(slot, new LayerKv(await make(layer?.key), await make(layer?.value)))
    layer?.drop()
  }

  /** Tokens whose rows hold, once a pass is over. */
  reached(length: number): void {
    this.length = length
  }

  rewind(length: number): void {
    this.length = Math.min(this.length, length)
  }

  copy(): DeviceKvCache {
    const copy = new DeviceKvCache(this.plan, this.tensors, this.limits)
    for (const [slot, layer] of this.layers) copy.layers.set(slot, layer.hold())
    copy.length = this.length
    return copy
  }

  release(): void {
    for (const layer of this.layers.values()) layer.drop()
    this.layers.clear()
  }

  private withRoom(from: Tensor | undefined, capacity: number, { kvHeads, headDim }: CacheShape): Promise<Tensor> {
    if (!from) return this.tensors.zeros([1, kvHeads, capacity, headDim])
    const more = capacity - from.dims[2]!
    return more > 0 ? this.tensors.grown(from, more) : this.tensors.copied(from)
  }
}
