import type { Visit } from '../../plan/plan.ts'
import { unsupported } from '../family.ts'
import type { HuginnConfig } from './config.ts'

type Cache = NonNullable<Visit['cache']>

/** Look-ups that need no topology; `latest` is ours, latest-m4 for any number of blocks. */
const ANYWHERE = ['full', 'skip', 'latest']

/** The caches of Huginn by its authors' look-up strategies; a slot is named by their index of a block. */
export class HuginnCaches {
  private readonly config: HuginnConfig
  private readonly lookup: 'own' | 'latest' | 'always-last'
  /** Authors' block index → slot. */
  private readonly compress: (index: number) => number
  /** Those of step 0, in which every token has a row. */
  private readonly first: ReadonlySet<number>

  /** @throws DepthwiseError MODEL_UNSUPPORTED */
  constructor(config: HuginnConfig) {
    this.config = config
    const { lookup } = config
    const [, name, , how] =
      /^(full|skip|latest|latest-m4|available-m4|always-last-m4)?(-?compress-(\w+))?$/.exec(lookup) ?? []
    if (name === undefined && how === undefined) throw unsupported('cache_lookup_strategy', lookup)
    // the authors' code counts on the released model's blocks
    const released = config.n_layers_in_prelude === 2 && config.n_layers_in_recurrent_block === 4
    if (!released && (how !== undefined || !ANYWHERE.includes(name!))) {
      throw unsupported('cache_lookup_strategy', lookup, 'needs 2 blocks in the prelude and 4 in the recurrent block')
    }
    // there the authors' code may read, in place of a token's new row, an older one of its own
    if (how !== undefined && (name === 'always-last-m4' || name === 'latest'))
      throw unsupported('cache_lookup_strategy', lookup)
    this.lookup = name === 'always-last-m4' ? 'always-last' : /^(latest|available)/.test(name ?? '') ? 'latest' : 'own'
    this.compress = compression(how, lookup)
    this.first = new Set(this.slots(0))
    if (how !== undefined && name !== 'skip' && config.exit) this.checkLosses()
  }

  /** Whether what a token is shown of others depends on the rows being read one by one. */
  get isSequential(): boolean {
    return this.lookup === 'always-last' || /compress/.test(this.config.lookup)
  }

  prelude(): Cache {
    const slots = Array.from({ length: this.config.n_layers_in_prelude }, (_, i) => String(i))
    return { slots, mode: 'append', missing: null }
  }

  /** Blocks before the first step's: −1, −2, … @param mode `transient` where a step only looks what would be said */
  coda(mode: 'append' | 'transient'): Cache {
    const slots = Array.from({ length: this.config.n_layers_in_coda }, (_, i) => String(-1 - i))
    return { slots, mode, missing: null }
  }

  /** Step `r`, from 0. */
  core(r: number): Cache {
    const slots = this.slots(r)
    const cache: Cache = { slots: slots.map(String), mode: 'append', missing: null }
    if (slots.every((slot) => this.first.has(slot))) return cache
    if (this.lookup === 'latest') {
      const { n_layers_in_recurrent_block: blocks } = this.config
      cache.missing = slots.map((slot) => String(this.first.has(slot) ? slot : slot - blocks))
    }
    if (this.lookup === 'always-last') {
      cache.deepest = slots.map((_, i) =>
        Array.from({ length: this.config.steps }, (__, step) => String(this.slots(step)[i])),
      )
    }
    return cache
  }

  private slots(r: number): number[] {
    const { n_layers_in_prelude: prelude, n_layers_in_recurrent_block: blocks } = this.config
    return Array.from({ length: blocks }, (_, i) => this.compress(prelude + r * blocks + i))
  }

  /** Where a token that stopped has no row in a slot, the authors' code needs the one four slots before, or gives up. */
  private checkLosses(): void {
    const { steps, lookup } = this.config
    for (let r = 1; r < steps; r++) {
      if (this.slots(r).every((slot) => this.first.has(slot) || (this.lookup === 'latest' && slot >= 6))) continue
      throw unsupported('cache_lookup_strategy', lookup, 'loses tokens that stop early; latest-m4-compress-sK does not')
    }
  }
}

/** `sK`: K slots in turn; `rK`: K blocks a slot; `anchor`: the first 32 blocks' own, then four in turn. */
function compression(how: string | undefined, lookup: string): (index: number) => number {
  if (how === undefined) return (index) => index
  if (how === 'anchor') return (index) => (index - 2 < 32 ? index : 34 + ((index - 34) % 4))
  const [, kind, digits] = /^([sr])([1-9]\d{0,3})$/.exec(how) ?? []
  const size = Number(digits)
  if (kind === 's') return (index) => ((index - 2) % size) + 2
  if (kind === 'r') return (index) => Math.floor((index - 2) / size) + 2
  throw unsupported('cache_lookup_strategy', lookup)
}
