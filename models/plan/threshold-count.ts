import type { BudgetPolicy } from './plan.ts'

/** Number of thresholds that a budget sets. */
export function thresholdCount(policy: BudgetPolicy): number {
  switch (policy.kind) {
    case 'fixed':
      return 0
    case 'calibrated':
      return policy.rows[0]!.thresholds.length
    case 'quantile':
      return policy.trained.length
    case 'exit':
      return policy.count
  }
}
