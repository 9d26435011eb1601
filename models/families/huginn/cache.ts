import type { Visit } from '../../plan/plan.ts'
import { unsupported } from '../family.ts'
import type { HuginnConfig } from './config.ts'

type Cache = NonNullable<Visit['cache']>

/** The caches of Huginn by its authors' look-up strategies; a slot is named by their index of a block. */
export class HuginnCaches {
  private readonly config: HuginnConfig
  private readonly lookup: 'own' | 'latest' | 'always-last'
  /** Authors' block index → slot. */
  private readonly compress: (index: number) => number

  /** @throws DepthwiseError MODEL_UNSUPPORTED */
  constructor(config: HuginnConfig) {
    this.config = config
    const { lookup, exit } = config
    const [, name, , how] = /^(full|skip|latest-m4|available-m4|always-last-m4)?(-?compress-(\w+))?$/.exec(lookup) ?? []
    if (name === undefined && how === undefined) throw unsupported('cache_lookup_strategy', lookup)
    // the authors' code counts on the released model's blocks
    const released = config.n_layers_in_prelude === 2 && config.n_layers_in_recurrent_block === 4
    if (!released && name !== 'full' && name !== 'skip') {
      throw unsupported('cache_lookup_strategy', lookup, 'needs 2 blocks in the prelude and 4 in the recurrent block')
    }
    if (how !== undefined && name === undefined && exit !== null) {
      throw unsupported('cache_lookup_strategy', lookup, 'loses tokens that stop early; latest-m4-compress-… does not')
    }
    if (how !== undefined && (name === 'always-last-m4' || name === 'skip' || name === 'full')) {
      throw unsupported('cache_lookup_strategy', lookup)
    }
    if (how?.startsWith('r') && name !== undefined) throw unsupported('cache_lookup_strategy', lookup)
    this.lookup =
      name === 'latest-m4' || name === 'available-m4' ? 'latest' : name === 'always-last-m4' ? 'always-last' : 'own'
    this.compress = compression(how, lookup)
  }

  prelude(): Cache {
    const slots = Array.from({ length: this.config.n_layers_in_prelude }, (_, i) => String(i))
    return { slots, writes: 'own', missing: null }
  }

  /** Blocks before the first step's: −1, −2, … @param writes `once` where a step only looks what would be said */
  coda(writes: 'own' | 'once'): Cache {
    const slots = Array.from({ length: this.config.n_layers_in_coda }, (_, i) => String(-1 - i))
    return { slots, writes, missing: null }
  }

  /** Step `r`, from 0. */
  core(r: number): Cache {
    const { n_layers_in_prelude: prelude, n_layers_in_recurrent_block: blocks } = this.config
    const numbers = Array.from({ length: blocks }, (_, i) => this.compress(prelude + r * blocks + i))
    const earlier = (number: number): number => number - blocks
    const cache: Cache = { slots: numbers.map(String), writes: 'own', missing: null }
    if (this.lookup === 'latest' && numbers.every((number) => earlier(number) >= prelude)) {
      cache.missing = numbers.map((number) => String(earlier(number)))
    }
    if (this.lookup === 'always-last') {
      cache.deepest = Array.from({ length: blocks }, (_, i) =>
        Array.from({ length: this.config.steps }, (__, step) => String(prelude + step * blocks + i)),
      )
    }
    return cache
  }
}

/** `sK`: K slots in turn; `rK`: K blocks a slot; `anchor`: the first 32 blocks' own, then four in turn. */
function compression(how: string | undefined, lookup: string): (index: number) => number {
  if (how === undefined) return (index) => index
  if (how === 'anchor') return (index) => (index - 2 < 32 ? index : 34 + ((index - 34) % 4))
  const [, kind, digits] = /^([sr])([1-9]\d{0,3})$/.exec(how) ?? []
  const size = Number(digits)
  if (kind === 's' && size % 4 === 0) return (index) => ((index - 2) % size) + 2
  if (kind === 'r') return (index) => Math.floor((index - 2) / size) + 2
  throw unsupported('cache_lookup_strategy', lookup)
}
