import type { KvCache } from '../memory/kv-cache.ts'
import type { Request } from './pass.ts'

/** The cached keys and values that the rows of a run attend to. */
export interface Keys {
  /** The highest position of any of them. */
  highest: number
  length: number
  shape: { kvHeads: number; headDim: number }
  /** [rows, kvHeads · headDim] of a layer; beyond `length` they hold anything. */
  view(layer: number, rows: number): KeyValues
  /** Where the next `rows` rows of a layer lie. */
  end(layer: number, rows: number): KeyValues
  /** Position of a cached row for a request, or null where it belongs to another sequence. */
  position(request: number, row: number): number | null
}

interface KeyValues {
  key: Float32Array
  value: Float32Array
}

const nothing = (): KeyValues => ({ key: new Float32Array(0), value: new Float32Array(0) })

/** Of a visit without a cache. */
const NONE: Keys = {
  highest: -1,
  length: 0,
  shape: { kvHeads: 0, headDim: 0 },
  view: nothing,
  end: nothing,
  position: () => null,
}

/** The caches of a single request, as they lie in memory. */
export function ownKeys({ sources: caches }: Request): Keys {
  const [first] = caches
  if (!first) return NONE
  return {
    length: first.length,
    highest: first.last,
    shape: first.shape,
    view: (layer, rows) => caches[layer]!.view(rows),
    end: (layer, rows) => caches[layer]!.end(rows),
    position: (_, row) => first.position(row),
  }
}

/** The rows of one layer of several sequences in one place, kept from run to run: only what is new is copied. */
class Arena {
  private keys = new Float32Array(0)
  private values = new Float32Array(0)
  private readonly owners: number[] = []
  private readonly rows: number[] = []
  private readonly known = new Map<KvCache, { count: number; edits: number }>()
  private readonly width: number

  constructor(width: number) {
    this.width = width
  }

  get length(): number {
    return this.owners.length
  }

  owner(row: number): number {
    return this.owners[row]!
  }

  row(row: number): number {
    return this.rows[row]!
  }

  /** Copies what the caches have that is not here yet. @returns false where something here is no longer so */
  follow(caches: readonly KvCache[]): boolean {
    const used = new Set(caches)
    for (const [cache, { edits }] of this.known) if (!used.has(cache) || cache.edits !== edits) return false
    caches.forEach((cache, owner) => {
      const before = this.known.get(cache)?.count ?? 0
      if (cache.length > before) this.copy(cache, owner, before)
      this.known.set(cache, { count: cache.length, edits: cache.edits })
    })
    return true
  }

  /** Takes the rows that lie behind the end for a cache's latest. @returns false where they are not */
  adopt(cache: KvCache, owner: number, rows: number): boolean {
    const known = this.known.get(cache)
    if (known?.edits !== cache.edits || cache.length !== known.count + rows) return false
    this.own(owner, known.count, cache.length)
    known.count = cache.length
    return true
  }

  /** [to − from, kvHeads · headDim] */
  rowsOf(from: number, to: number): KeyValues {
    this.reserve(to)
    const [start, end] = [from * this.width, to * this.width]
    return { key: this.keys.subarray(start, end), value: this.values.subarray(start, end) }
  }

  private copy(cache: KvCache, owner: number, from: number): void {
    const start = this.length * this.width
    this.reserve(this.length + cache.length - from)
    const { key, value } = cache.view(cache.length)
    this.keys.set(key.subarray(from * this.width), start)
    this.values.set(value.subarray(from * this.width), start)
    this.own(owner, from, cache.length)
  }

  private own(owner: number, from: number, to: number): void {
    for (let row = from; row < to; row++) {
      this.owners.push(owner)
      this.rows.push(row)
    }
  }

  private reserve(rows: number): void {
    if (rows * this.width <= this.keys.length) return
    const size = Math.max(2 * this.keys.length, rows * this.width)
    const grow = (old: Float32Array): Float32Array<ArrayBuffer> => {
      const larger = new Float32Array(size)
      larger.set(old)
      return larger
    }
    this.keys = grow(this.keys)
    this.values = grow(this.values)
  }
}

/** Runs after which a sequence that took part in none of them is thought to have ended. */
const PATIENCE = 64

interface Joined {
  arena: Arena
  members: KvCache[]
  /** Per member: runs since it last took part. */
  idle: Map<KvCache, number>
}

/** The caches of several sequences side by side, layer by layer. */
export class JointKeys {
  /** By the name of the slot and the layer. */
  private readonly slots = new Map<string, Joined>()

  clear(): void {
    this.slots.clear()
  }

  /** @param requests of visits that name the same slots */
  of(requests: readonly Request[]): Keys {
    const slots = requests[0]!.visit.cache?.slots
    if (!slots) return NONE
    const joined = slots.map((slot, layer) => this.join(slot, layer, requests))
    const { arena, members } = joined[0]!
    const { length } = arena
    const mine = requests.map(({ sources }) => members.indexOf(sources[0]!))
    return {
      length,
      highest: Math.max(...members.map((cache) => cache.last)),
      shape: members[0]!.shape,
      view: (layer, rows) => joined[layer]!.arena.rowsOf(0, rows),
      end: (layer, rows) => joined[layer]!.arena.rowsOf(length, length + rows),
      position: (request, row) => {
        if (arena.owner(row) !== mine[request]) return null
        return members[mine[request]]!.position(arena.row(row))
      },
    }
  }

  /** After a run that wrote behind the arenas' ends, the requests in its order: what their caches took over is here. */
  adopt(requests: readonly Request[]): void {
    requests[0]?.visit.cache?.slots.forEach((slot, layer, slots) => {
      // a slot that several layers share holds what the last of them wrote
      if (slots.lastIndexOf(slot) !== layer) return
      const { arena, members } = this.slots.get(`${slot} ${layer}`)!
      requests.every(({ sources, rows }) => {
        const cache = sources[layer]!
        return arena.adopt(cache, members.indexOf(cache), rows.length)
      })
    })
  }

  /** Members stay while they take part now and then: a run may be of some of them only. */
  private join(slot: string, layer: number, requests: readonly Request[]): Joined {
    const present = requests.map(({ sources }) => sources[layer]!)
    const key = `${slot} ${layer}`
    const known = this.slots.get(key)
    if (known) {
      for (const [cache, runs] of known.idle) known.idle.set(cache, runs + 1)
      for (const cache of present) known.idle.set(cache, 0)
      const members = [...known.members, ...present.filter((cache) => !known.members.includes(cache))]
      const ended = members.some((cache) => known.idle.get(cache)! > PATIENCE)
      if (!ended && known.arena.follow(members)) {
        known.members = members
        return known
      }
    }
    const { kvHeads, headDim } = present[0]!.shape
    const idle = new Map(present.map((cache) => [cache, 0]))
    const fresh = { arena: new Arena(kvHeads * headDim), members: present, idle }
    fresh.arena.follow(present)
    this.slots.set(key, fresh)
    return fresh
  }
}
