import type { BudgetPolicy } from '../../plan/plan.ts'
import { ScoreWindow } from './score-window.ts'

type QuantilePolicy = Extract<BudgetPolicy, { kind: 'quantile' }>

/**
 * Thresholds as quantiles of the scores of late, for routers whose scores mean something only at the threshold that they
 * were trained with. Until enough were seen, the trained thresholds stand.
 */
export class QuantileCurve {
  private readonly policy: QuantilePolicy
  private readonly costs: readonly number[]
  private readonly memories: ScoreWindow[]

  /** @param costs per threshold: layers that it decides about */
  constructor(policy: QuantilePolicy, costs: readonly number[]) {
    this.policy = policy
    this.costs = costs
    this.memories = policy.trained.map(() => new ScoreWindow())
  }

  observe(scores: readonly (readonly number[])[]): void {
    this.memories.forEach((memory, j) => {
      memory.add(scores[j] ?? [])
    })
  }

  thresholds(share: number): number[] {
    const { trained, deepening } = this.policy
    const capacities = this.capacities(share)
    return trained.map((own, j) => {
      // who gets as far as threshold j has cleared the one before
      const before = deepening && j > 0 ? capacities[j - 1]! : 1
      const passing = before === 0 ? 0 : Math.min(1, capacities[j]! / before)
      if (passing <= 0) return Infinity
      if (passing >= 1) return -Infinity
      return this.memories[j]!.reachedBy(passing) ?? own
    })
  }

  /** Per threshold: the share of all tokens that is to clear it. */
  capacities(share: number): number[] {
    const { capacities: trained, deepening } = this.policy
    if (!deepening) return trained.map(() => share)
    let wanted = share * this.costs.reduce((sum, cost) => sum + cost, 0)
    const filled = trained.map(() => 0)
    // first up to what each was trained for, then to all tokens; shallow ones first
    for (const limit of [trained, trained.map(() => 1)]) {
      limit.forEach((most, j) => {
        const cost = this.costs[j]!
        if (cost === 0) return
        const taken = Math.min(Math.max(0, most - filled[j]!), wanted / cost)
        filled[j]! += taken
        wanted -= taken * cost
      })
    }
    // one that saves nothing is as in training, or as wide as what comes behind it
    for (let j = filled.length - 1; j >= 0; j--) {
      if (this.costs[j] === 0) filled[j] = Math.max(trained[j]!, filled[j + 1] ?? 0)
    }
    return filled
  }
}
