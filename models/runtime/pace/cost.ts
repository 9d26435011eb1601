/** What a token was seen to take: `base` milliseconds, and `slope` more where all of the optional compute is spent. */
export interface Cost {
  base: number
  slope: number
}

/** The weight of a token is halved by so many that follow: long enough to tell depth from chance, short enough to follow a growing context. */
const HALF_LIFE = 24
const DECAY = 0.5 ** (1 / HALF_LIFE)
/** Before a difference of depths was seen: all of the optional compute doubles a token's time. */
const GUESSED_RATIO = 1
/** Tokens' worth of difference in depth that a slope known beforehand counts for, and from which on it was seen anew. */
const PRIOR = 0.5
const SEEN = 0.8
/** A pause that had nothing to do with the model counts as so many times the mean at most. */
const MOST_TIMES = 4
/** Tokens before which nothing is cut off, as the mean is not known. */
const WARM_UP = 4

/**
 * A line through the times of the last tokens over the share of the optional compute that each took (least squares,
 * older tokens weighing less). One answer has tokens of all depths, so a few show what any budget would take.
 */
export class CostMeter {
  private weight = 0
  private share = 0
  private ms = 0
  private shareSquared = 0
  private shareMs = 0
  private seen = 0
  private readonly known: Cost | null
  /** Of slope to base, as last seen: a busy machine is slower in both. */
  private ratio: number | null

  /** @param known of earlier answers of the same model */
  constructor(known: Cost | null = null) {
    this.known = known
    this.ratio = known && ratioOf(known)
  }

  /** Tokens seen. */
  get count(): number {
    return this.seen
  }

  /** Whether tokens of different depths were seen, now or in earlier answers; else the slope is a guess. */
  get hasSlope(): boolean {
    return this.ratio !== null
  }

  /** Whether they were of late. */
  get seesSlope(): boolean {
    return this.variance >= SEEN
  }

  /**
   * @param ms that one token took, above 0
   * @param share of the optional compute that it took, 0 to 1
   */
  add(ms: number, share: number): void {
    const most = this.seen >= WARM_UP ? MOST_TIMES * (this.ms / this.weight) : Infinity
    const time = Math.min(ms, most)
    this.seen++
    this.weight = this.weight * DECAY + 1
    this.share = this.share * DECAY + share
    this.ms = this.ms * DECAY + time
    this.shareSquared = this.shareSquared * DECAY + share * share
    this.shareMs = this.shareMs * DECAY + share * time
    if (this.seesSlope) this.ratio = ratioOf(this.cost!)
  }

  /** null before anything is known. */
  get cost(): Cost | null {
    const { weight, known, variance } = this
    if (weight === 0) return known
    const share = this.share / weight
    const ms = this.ms / weight
    const covariance = this.shareMs - this.share * ms
    const ratio = this.ratio ?? GUESSED_RATIO
    const before = (ratio * ms) / (1 + ratio * share)
    const slope = Math.max(0, (covariance + PRIOR * before) / (variance + PRIOR))
    return { base: ms - slope * share, slope }
  }

  private get variance(): number {
    return this.weight === 0 ? 0 : this.shareSquared - (this.share * this.share) / this.weight
  }
}

const ratioOf = ({ base, slope }: Cost): number | null => (base > 0 ? slope / base : null)

/** Milliseconds of a token, on average, at a budget in percent. */
export function msAt({ base, slope }: Cost, budget: number): number {
  return base + (slope * budget) / 100
}
