import type { Adjustable, Curve } from './curve.ts'
import { curveOf } from './curve.ts'

/** Change of the share aimed at per token of debt: gentle, so that the router rather than the controller decides. */
const GAIN = 0.05
/**
 * Debt, in tokens' worth of optional compute, at which the next token is let through or refused whatever its score.
 * Debt moves by at most one a token, so it stays within ±(RAIL + 1), and the share realised over any 200 tokens is
 * off by less than 2 · (RAIL + 1) / 200 = 5 %.
 */
const RAIL = 4

/**
 * Holds a running generation to the share of optional compute that was asked for. Calibrated thresholds are right on
 * average; this one text may need more or less, so what is owed moves them.
 */
export class BudgetController {
  private readonly curve: Curve
  private asked: number
  /** Compute asked for and not spent, in tokens at full budget. */
  private debt = 0

  /** @param share of the optional compute, 0 to 1 */
  constructor(plan: Adjustable, share: number) {
    this.curve = curveOf(plan)
    this.asked = share
  }

  get share(): number {
    return this.asked
  }

  /** Asks for another share from the next token on. */
  set share(share: number) {
    this.asked = share
    this.debt = 0
  }

  /** Thresholds of the curve, untrimmed: for prompts, which are read many tokens at once. */
  calibrated(): number[] {
    return this.curve.thresholds(this.asked)
  }

  /** Thresholds for the next token of an answer. */
  trimmed(): number[] {
    if (this.asked <= 0 || this.asked >= 1) return this.calibrated()
    if (Math.abs(this.debt) >= RAIL) return this.curve.thresholds(this.debt > 0 ? 1 : 0)
    return this.curve.thresholds(Math.min(1, Math.max(0, this.asked + GAIN * this.debt)))
  }

  /** The scores that tokens were admitted or refused by, per threshold. */
  observe(scores: readonly (readonly number[])[]): void {
    this.curve.observe(scores)
  }

  /** What the token took, of what it could have taken at full budget. */
  spent(run: number, full: number): void {
    if (full > 0 && this.asked > 0 && this.asked < 1) this.debt += this.asked - run / full
  }
}
