import type { HoldState } from '../../common/values.ts'
import type { Cost } from './cost.ts'
import { CostMeter, msAt } from './cost.ts'

/** Tokens before the first decision, unless earlier answers have told, and between decisions. */
const FIRST = 8
const EVERY = 16
/** Aims at so much more than the speed that is to be held, as no token takes the mean. */
const MARGIN = 0.03
/** Points of budget that must be to be had before it is raised, and by which it is lowered at least. */
const WORTH_RAISING = 8
const LEAST_LOWERED = 2
/** Tokens after a change before the budget is raised; doubled with every rise that had to be taken back. */
const PATIENCE = 32
/** With so much of a token's time to spare, what depth costs is tried again where it has not been seen of late. */
const TRIED_AGAIN = 0.1
/** Too slow at budget 0 by less than this is not spoken of. */
const SLACK = 0.02

/**
 * Holds a generation at a speed of at least so much: finds the highest budget whose tokens come in time. It lowers as soon
 * as the present budget is too slow and raises late, and later after each rise that was a mistake; so within n tokens it
 * turns back no more than about log2(n / 32) times, whatever the times of the tokens are.
 */
export class HoldController {
  private readonly limitMs: number
  private readonly meter: CostMeter
  private chosen: number
  private sinceDecision = 0
  private sinceChange = 0
  private patience = PATIENCE
  private raised = false
  private isTooSlow = false
  private decided: boolean

  /**
   * @param atLeast tokens per second
   * @param start percent of the optional compute, where nothing is known
   * @param known of earlier answers of the same model
   */
  constructor(atLeast: number, start: number, known: Cost | null = null) {
    this.limitMs = 1000 / atLeast
    this.meter = new CostMeter(known)
    this.decided = known !== null
    this.chosen = known === null ? start : this.affordable(known)
  }

  /** In percent, whole. */
  get budget(): number {
    return this.chosen
  }

  get state(): HoldState {
    if (!this.decided) return 'measuring'
    return this.isTooSlow ? 'tooSlow' : 'holding'
  }

  /** What is known by now, for the next answer. */
  get cost(): Cost | null {
    return this.meter.cost
  }

  /**
   * One more token.
   * @param ms since the one before
   * @param share of the optional compute that it took, 0 to 1
   * @returns whether another budget was chosen
   */
  observe(ms: number, share: number): boolean {
    if (!(ms > 0)) return false
    this.meter.add(ms, share)
    this.sinceDecision++
    this.sinceChange++
    if (this.sinceDecision < (this.decided ? EVERY : FIRST)) return false
    this.sinceDecision = 0
    return this.decide(this.meter.cost!)
  }

  private decide(cost: Cost): boolean {
    const first = !this.decided
    this.decided = true
    this.isTooSlow = this.chosen === 0 && msAt(cost, 0) > this.limitMs * (1 + SLACK)
    const affordable = this.affordable(cost)
    if (msAt(cost, this.chosen) > this.limitMs && this.chosen > 0) {
      if (this.raised) this.patience *= 2
      this.raised = false
      return this.choose(Math.max(0, Math.min(affordable, this.chosen - LEAST_LOWERED)))
    }
    // what depth costs is seen where there is some: then the rise is a trial
    const { hasSlope, seesSlope } = this.meter
    const isTrial = !hasSlope ? affordable > this.chosen : !seesSlope && this.hasRoom(cost)
    const isWorth = isTrial || affordable - this.chosen >= (affordable === 100 ? 1 : WORTH_RAISING)
    if (!isWorth || (!first && this.sinceChange < this.patience)) return false
    this.raised = true
    return this.choose(isTrial ? Math.min(100, Math.max(affordable, this.chosen + WORTH_RAISING)) : affordable)
  }

  private choose(budget: number): boolean {
    if (budget === this.chosen) return false
    this.chosen = budget
    this.sinceChange = 0
    return true
  }

  private hasRoom(cost: Cost): boolean {
    return this.chosen < 100 && msAt(cost, this.chosen) < this.limitMs * (1 - TRIED_AGAIN)
  }

  /** The highest budget, in whole percent, whose tokens are expected in time. */
  private affordable(cost: Cost): number {
    const room = this.limitMs * (1 - MARGIN) - cost.base
    if (room <= 0) return 0
    if (cost.slope <= 0 || room >= cost.slope) return 100
    return Math.floor((100 * room) / cost.slope)
  }
}
