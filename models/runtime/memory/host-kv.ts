import type { Plan, Visit } from '../../plan/plan.ts'
import type { HeadRows } from './kv-cache.ts'
import { KvCache } from './kv-cache.ts'
import type { SequenceKv } from './sequence-kv.ts'

/** Tokens of a prompt that are read in one pass. */
export const PREFILL_CHUNK = 64

/** K/V in the memory of the host: every run is handed them. */
export class HostKv implements SequenceKv {
  readonly chunk = PREFILL_CHUNK
  private readonly caches: Readonly<Record<string, KvCache>>

  constructor(caches: Readonly<Record<string, KvCache>>) {
    this.caches = caches
  }

  static empty(shapes: Plan['caches']): HostKv {
    return new HostKv(Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [name, new KvCache(shape)])))
  }

  get bytes(): number {
    return this.all.reduce((sum, cache) => sum + cache.bytes, 0)
  }

  get rows(): number[] {
    return this.all.map((cache) => cache.length)
  }

  get written(): number[] {
    return this.all.map((cache) => cache.written)
  }

  mostRows(): number {
    return Infinity
  }

  sources(cache: NonNullable<Visit['cache']>, positions: Int32Array, first: number): KvCache[] {
    return cache.slots.map((name, layer) => {
      const slot = this.caches[name]!
      if (cache.mode !== 'shared') slot.drop(positions)
      if (cache.missing) slot.fill(this.caches[cache.missing[layer]!]!, positions)
      const deepest = cache.deepest?.[layer]
      if (!deepest || slot.length === first) return slot
      const found = new KvCache(slot.shape)
      for (const other of deepest.toReversed()) found.fill(this.caches[other]!, positions)
      return found
    })
  }

  append(slots: readonly string[], rows: HeadRows, positions: Int32Array): void {
    slots.forEach((slot, layer) => {
      // layers may share a slot, which then holds what the last of them wrote
      if (slots.lastIndexOf(slot) !== layer) return
      const cache = this.caches[slot]!
      cache.append((kind, head) => rows(kind, layer * cache.shape.kvHeads + head), positions)
    })
  }

  rewind(length: number): void {
    for (const cache of this.all) cache.rewind(length)
  }

  copy(): HostKv {
    return new HostKv(Object.fromEntries(Object.entries(this.caches).map(([name, cache]) => [name, cache.copy()])))
  }

  release(): void {
    // the garbage collector's
  }

  private get all(): KvCache[] {
    return Object.values(this.caches)
  }
}
