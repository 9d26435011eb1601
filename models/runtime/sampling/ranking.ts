/** How far below the likeliest, in temperatures, nothing is ever drawn any more. */
const DEPTH = 40
/** Bins in one temperature. */
const FINENESS = 64
const BINS = DEPTH * FINENESS
/** Where a token is that is in none. */
const OUTSIDE = 0xffff

/** Probability at the upper border of each bin, the likeliest's being 1; within a bin, the series of e to a power goes on. */
const BORDERS = Float64Array.from({ length: BINS }, (_, bin) => Math.exp(-bin / FINENESS))
const FIRST = -1 / FINENESS
const SECOND = 1 / (2 * FINENESS ** 2)
const THIRD = -1 / (6 * FINENESS ** 3)

/** Memory of the ranking under way, which is used again by the next: by bin, and by token. */
const sums = new Float64Array(BINS)
let bins = new Uint16Array(0)

interface Ranked {
  id: number
  probability: number
}

/** The likeliest tokens: those of all bins before `bin`, and of that bin these. */
export interface Kept {
  bin: number
  tokens: readonly Ranked[]
  /** Sum of their probabilities. */
  mass: number
}

/**
 * Tokens by probability, in narrow bins of which mostly only the sums are needed: tokens are put in order where a border
 * falls, and where one is drawn. Probabilities are those of a softmax but for a factor, the likeliest's being 1, and right
 * to 8 digits; logits in float32 bring no more. Only the latest ranking can be used.
 */
export class Ranking {
  private readonly logits: Float32Array
  private readonly peak: number
  /** Bins in one unit of the logits. */
  private readonly scale: number

  /**
   * @param logits [V]
   * @param temperature above 0
   */
  constructor(logits: Float32Array, temperature: number) {
    this.logits = logits
    this.peak = peakOf(logits)
    this.scale = Math.min(Number.MAX_VALUE, FINENESS / temperature)
    fill(logits, this.peak, this.scale)
  }

  all(): Kept {
    let mass = 0
    for (let bin = 0; bin < BINS; bin++) mass += sums[bin]!
    return { bin: BINS, tokens: [], mass }
  }

  /** @param most of them, at least 1 */
  likeliest(most: number): Kept {
    const counts = new Int32Array(BINS)
    for (let id = 0; id < this.logits.length; id++) if (bins[id] !== OUTSIDE) counts[bins[id]!]!++
    let [given, mass] = [0, 0]
    for (let bin = 0; bin < BINS; bin++) {
      if (given + counts[bin]! >= most) {
        const tokens = this.tokens(bin).slice(0, most - given)
        return { bin, tokens, mass: tokens.reduce((sum, { probability }) => sum + probability, mass) }
      }
      given += counts[bin]!
      mass += sums[bin]!
    }
    return this.all()
  }

  /** The smallest set of the likeliest that reaches top-p of the mass, without those below min-p; at least one. */
  truncated(of: Kept, topP: number, minP: number): Kept {
    const enough = topP * of.mass
    const lowest = -Math.log(minP) * FINENESS
    let before = 0
    for (let bin = 0; bin < of.bin; bin++) {
      const after = before + sums[bin]!
      if (sums[bin]! > 0 && (after >= enough || bin + 1 > lowest)) {
        const kept = cut(this.tokens(bin), before, enough, minP)
        if (kept) return { bin, ...kept }
      }
      before = after
    }
    const kept = cut(of.tokens, before, enough, minP)
    return kept ? { bin: of.bin, ...kept } : of
  }

  /** The token at `share` of the mass, likeliest first; 0 where there is none, as where logits are not numbers. */
  at(share: number, of: Kept): number {
    let rest = share * of.mass
    let last = 0
    let bin = 0
    for (; bin < of.bin && sums[bin]! <= rest; bin++) {
      rest -= sums[bin]!
      if (sums[bin]! > 0) last = bin
    }
    for (const { id, probability } of bin < of.bin ? this.tokens(bin) : of.tokens) {
      rest -= probability
      if (rest < 0) return id
    }
    // in sums, last digits are lost
    return (of.tokens.at(-1) ?? this.tokens(last).at(-1))?.id ?? 0
  }

  /** Those of a bin, likeliest first; of equals, that of the smaller id. */
  private tokens(bin: number): Ranked[] {
    const { logits, peak, scale } = this
    const own = bins.subarray(0, logits.length)
    const found: Ranked[] = []
    for (let id = own.indexOf(bin); id >= 0; id = own.indexOf(bin, id + 1)) {
      const within = (peak - logits[id]!) * scale - bin
      found.push({ id, probability: BORDERS[bin]! * series(within) })
    }
    return found.sort((a, b) => logits[b.id]! - logits[a.id]! || a.id - b.id)
  }
}

/** The likeliest of `tokens` up to top-p and min-p, where that is not all of them; `before`: mass of those before. */
function cut(tokens: readonly Ranked[], before: number, enough: number, minP: number): Omit<Kept, 'bin'> | null {
  let mass = before
  for (const [i, { probability }] of tokens.entries()) {
    if (mass >= enough || probability < minP) return { tokens: tokens.slice(0, i), mass }
    mass += probability
  }
  return null
}

function fill(logits: Float32Array, peak: number, scale: number): void {
  if (bins.length < logits.length) bins = new Uint16Array(logits.length)
  sums.fill(0)
  for (let id = 0; id < logits.length; id++) {
    const depth = (peak - logits[id]!) * scale
    // false for what is not a number
    if (depth < BINS) {
      const bin = depth | 0
      bins[id] = bin
      sums[bin]! += series(depth - bin)
    } else bins[id] = OUTSIDE
  }
  for (let bin = 0; bin < BINS; bin++) sums[bin]! *= BORDERS[bin]!
}

/** e to the power of −within / FINENESS, for 0 to 1. */
function series(within: number): number {
  return 1 + within * (FIRST + within * (SECOND + within * THIRD))
}

/** The largest value. Not a number where the first is none; others that are none do not count. */
export function peakOf(values: Float32Array): number {
  let [a, b, c, d] = [values[0]!, -Infinity, -Infinity, -Infinity]
  // four at a time, as each comparison waits for the one before
  let i = values.length & 3
  for (let rest = 1; rest < i; rest++) a = values[rest]! > a ? values[rest]! : a
  for (; i < values.length; i += 4) {
    a = values[i]! > a ? values[i]! : a
    b = values[i + 1]! > b ? values[i + 1]! : b
    c = values[i + 2]! > c ? values[i + 2]! : c
    d = values[i + 3]! > d ? values[i + 3]! : d
  }
  return Math.max(a, b, c, d)
}
