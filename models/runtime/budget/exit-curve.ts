import type { BudgetPolicy } from '../../plan/plan.ts'
import { ScoreWindow } from './score-window.ts'

type ExitPolicy = Extract<BudgetPolicy, { kind: 'exit' }>

/**
 * One threshold for all steps. It lets through, of the scores seen of late, the part that makes the wanted number of
 * steps if every step lets the same part through; the controller mends what that assumption costs.
 */
export class ExitCurve {
  private readonly policy: ExitPolicy
  private readonly memory = new ScoreWindow()

  constructor(policy: ExitPolicy) {
    this.policy = policy
  }

  observe(scores: readonly (readonly number[])[]): void {
    for (const seen of scores) this.memory.add(seen)
  }

  thresholds(share: number): number[] {
    return Array<number>(this.policy.count).fill(this.threshold(share))
  }

  private threshold(share: number): number {
    if (share <= 0) return Infinity
    if (share >= 1) return -Infinity
    return this.memory.reachedBy(passing(share, this.policy.count)) ?? this.policy.trained
  }
}

/** The p for which p + p² + … + pⁿ is n · share. */
function passing(share: number, n: number): number {
  let [low, high] = [0, 1]
  for (let i = 0; i < 40; i++) {
    const p = (low + high) / 2
    let sum = 0
    for (let k = 1, power = p; k <= n; k++, power *= p) sum += power
    if (sum < n * share) low = p
    else high = p
  }
  return (low + high) / 2
}
