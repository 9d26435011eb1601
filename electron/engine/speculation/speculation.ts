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

  /** Whether tokens may be drafted while these thresholds hold: all of them must go to full depth, and nobody else write. */
  fits(thresholds: readonly number[]): boolean {
    return this.alone() && thresholds.every((threshold) => threshold === -Infinity)
  }

  /** Tokens to be drafted next; 0: none. @param room tokens that may still be read */
  length(room: number): number {
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

  /** Tells what tokens took that were written where drafting fits, as Pacer.took. */
  took(length: number, tokens: number, ms: number): void {
    this.pacer.took(length, tokens, ms)
  }
}
