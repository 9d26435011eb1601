import type { CacheShape } from '../../plan/plan.ts'
import type { HeadRows } from '../memory/kv-cache.ts'
import { KvCache } from '../memory/kv-cache.ts'
import type { PendingVisit } from './pass.ts'

/** The cached keys and values that the rows of a run attend to. */
export interface Keys {
  /** The highest position of any of them. */
  highest: number
  length: number
  /** Sees to it that there is room for so many rows in all layers. @returns the rows that there is room for, the same in all */
  reserve(rows: number): number
  /** The rows of a layer lie in it, one after the other; beyond `length` it holds anything. */
  store(layer: number): KvCache
  /** Position of a cached row for a request, or null where it belongs to another sequence. */
  position(request: number, row: number): number | null
}

/** Of a visit without a cache. */
const NONE: Keys = {
  highest: -1,
  length: 0,
  reserve: () => 0,
  store: () => new KvCache({ kvHeads: 0, headDim: 0 }),
  position: () => null,
}

/** The caches of a single request, as they lie in memory. */
export function ownKeys({ sources: caches }: PendingVisit): Keys {
  const [first] = caches
  if (!first) return NONE
  return {
    length: first.length,
    highest: first.last,
    reserve: (rows) => reserveAll(caches, rows),
    store: (layer) => caches[layer]!,
    position: (_, row) => first.position(row),
  }
}

function reserveAll(caches: readonly KvCache[], rows: number): number {
  const room = Math.max(rows, 1, ...caches.map((cache) => cache.room))
  for (const cache of caches) cache.reserve(room)
  return caches[0]!.room
}

/** The rows of one layer of several sequences in one place, kept from run to run: only what is new is copied. */
class Arena {
  readonly store: KvCache
  private readonly owners: number[] = []
  private readonly rows: number[] = []
  private readonly known = new Map<KvCache, { count: number; edits: number }>()

  constructor(shape: CacheShape) {
    this.store = new KvCache(shape)
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
      if (cache.length > before) {
        this.own(owner, before, cache.length, (kind, head) => cache.rows(kind, head, before, cache.length))
      }
      this.known.set(cache, { count: cache.length, edits: cache.edits })
    })
    return true
  }

  private own(owner: number, from: number, to: number, rows: HeadRows): void {
    const start = this.store.length
    this.store.append(
      rows,
      Int32Array.from({ length: to - from }, (_, i) => start + i),
    )
    for (let row = from; row < to; row++) {
      this.owners.push(owner)
      this.rows.push(row)
    }
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

  /** @param pending of visits that name the same slots */
  of(pending: readonly PendingVisit[]): Keys {
    const slots = pending[0]!.visit.cache?.slots
    if (!slots) return NONE
    const joined = slots.map((slot, layer) => this.join(slot, layer, pending))
    const { arena, members } = joined[0]!
    const stores = joined.map((one) => one.arena.store)
    const mine = pending.map(({ sources }) => members.indexOf(sources[0]!))
    return {
      length: arena.store.length,
      highest: Math.max(...members.map((cache) => cache.last)),
      reserve: (rows) => reserveAll(stores, rows),
      store: (layer) => stores[layer]!,
      position: (request, row) => {
        if (arena.owner(row) !== mine[request]) return null
        return members[mine[request]]!.position(arena.row(row))
      },
    }
  }

  /** Members stay while they take part now and then: a run may be of some of them only. */
  private join(slot: string, layer: number, pending: readonly PendingVisit[]): Joined {
    const present = pending.map(({ sources }) => sources[layer]!)
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
    const idle = new Map(present.map((cache) => [cache, 0]))
    const fresh = { arena: new Arena(present[0]!.shape), members: present, idle }
    fresh.arena.follow(present)
    this.slots.set(key, fresh)
    return fresh
  }
}
