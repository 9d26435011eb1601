import type { Plan } from '../../../models/plan/plan.ts'
import type { Sampler } from '../sampling/sampler.ts'
import type { Sequence } from '../sequence.ts'
import { Pacer } from './pacer.ts'
import type { Ahead } from './speculator.ts'
import { Speculator } from './speculator.ts'

/** Self-speculation of the answers of an engine, where it is exact and pays. */
export class Speculation {
  private readonly plan: Plan
  private readonly speculator: Speculator
  private readonly pacer: Pick<Pacer, 'length' | 'took'>
  private readonly alone: () => boolean

  private constructor(plan: Plan, speculator: Speculator, alone: () => boolean, pacer: Pick<Pacer, 'length' | 'took'>) {
    this.plan = plan
    this.speculator = speculator
    this.alone = alone
    this.pacer = pacer
  }

  /**
   * @param alone whether no other answer is being written: several fill a run's rows themselves
   * @returns null for models of which no token can be taken deeper later
   */
  static for(
    plan: Plan,
    alone: () => boolean,
    pacer: Pick<Pacer, 'length' | 'took'> = new Pacer(),
  ): Speculation | null {
    const speculator = Speculator.for(plan)
    return speculator && new Speculation(plan, speculator, alone, pacer)
  }

  /**
   * Tokens to be drafted next; 0: none.
   * @param thresholds of every token until the budget is changed: drafting is for those that all go to full depth
   * @param room tokens that may still be read
   */
  length(thresholds: readonly number[], room: number): number {
    if (!this.alone() || thresholds.some((threshold) => threshold !== -Infinity)) return 0
    return Math.min(this.pacer.length, room)
  }

  /** As Speculator.write. */
  write(
    sequence: Sequence,
    id: number,
    length: number,
    sampler: Sampler,
  ): Promise<{ tokens: Ahead[]; scores: number[][] }> {
    return this.speculator.write(sequence, id, length, sampler, this.plan.endTokens)
  }

  /** Tells what tokens took, as Pacer.took. */
  took(length: number, tokens: number, ms: number): void {
    this.pacer.took(length, tokens, ms)
  }
}
