import type { Plan } from '../../plan/plan.ts'
import { ExitCurve } from './exit-curve.ts'
import { QuantileCurve } from './quantile-curve.ts'
import { thresholdCount } from '../../plan/threshold-count.ts'
import { thresholdsAt } from './thresholds.ts'

/** How a share of the optional compute becomes thresholds; may learn from the scores that are seen. */
export interface Curve {
  /** @param share 0 to 1 */
  thresholds(share: number): number[]
  /** @param scores per threshold, those that were held against it */
  observe(scores: readonly (readonly number[])[]): void
}

/** The part of a plan that a budget works on. */
export type Adjustable = Pick<Plan, 'policy' | 'visits'>

export function curveOf(plan: Adjustable): Curve {
  const { policy } = plan
  switch (policy.kind) {
    case 'fixed':
      return { thresholds: () => [], observe: () => undefined }
    case 'calibrated':
      return { thresholds: (share) => thresholdsAt(policy.rows, share), observe: () => undefined }
    case 'quantile':
      return new QuantileCurve(policy, thresholdCosts(plan))
    case 'exit':
      return new ExitCurve(policy)
  }
}

/** Per threshold: layers of the visits that it decides about. */
export function thresholdCosts({ policy, visits }: Adjustable): number[] {
  const costs = Array<number>(thresholdCount(policy)).fill(0)
  for (const { admission, cost } of visits) {
    const decided = new Set(
      admission.flatMap(({ atLeast }) => (typeof atLeast === 'object' ? [atLeast.threshold] : [])),
    )
    for (const threshold of decided) costs[threshold]! += cost
  }
  return costs
}
