import type { Phase } from '../../common/values.ts'

/** The budgets of an answer and of the thought before it, in percent. */
export class PhaseBudgets {
  private answer: number
  /** null: that of the answer. */
  private thought: number | null

  constructor(answer: number, thought: number | null) {
    this.answer = answer
    this.thought = thought
  }

  of(phase: Phase): number {
    return phase === 'thought' ? (this.thought ?? this.answer) : this.answer
  }

  /** Whether a phase has a budget that the other does not follow. */
  isOwn(phase: Phase): boolean {
    return phase === 'thought' && this.thought !== null
  }

  /** @param phase whose; null: both get the same */
  set(percent: number, phase: Phase | null): void {
    if (phase === 'thought') {
      this.thought = percent
      return
    }
    this.answer = percent
    if (phase === null) this.thought = null
  }
}
