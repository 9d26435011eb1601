import type { HoldState, Pace, PaceMode } from '../../common/values.ts'
import type { Cost } from './cost.ts'
import { HoldController } from './hold.ts'

/** The budget of one answer under a pace: what a person asked for is put aside, or bounded. */
export class Pacer {
  private readonly pace: Pace
  private readonly controller: HoldController | null
  private lastAt: number | null = null

  /**
   * @param start percent to begin at, where a speed is to be held and nothing is known
   * @param known of earlier answers of the same model
   */
  constructor(pace: Pace, start: number, known: Cost | null) {
    this.pace = pace
    this.controller = pace.mode === 'hold' ? new HoldController(pace.atLeast, start, known) : null
  }

  /** @param asked by the person; both in percent */
  budgetFor(asked: number): number {
    if (this.controller) return this.controller.budget
    return this.pace.mode === 'quiet' ? Math.min(asked, this.pace.budget) : asked
  }

  /** Which of them decides, where the person would not have it so. */
  decides(asked: number): PaceMode | null {
    return this.controller || this.budgetFor(asked) !== asked ? this.pace.mode : null
  }

  /**
   * A token has come.
   * @param at milliseconds, any clock
   * @param share of the optional compute that it took, 0 to 1; null of the first, which comes from the prompt
   */
  observe(at: number, share: number | null): void {
    if (this.lastAt !== null && share !== null) this.controller?.observe(at - this.lastAt, share)
    this.lastAt = at
  }

  get hold(): HoldState | undefined {
    return this.controller?.state
  }

  /** null where nothing was learnt. */
  get cost(): Cost | null {
    return this.controller?.cost ?? null
  }
}
