import type { CalibrationRow, BudgetPolicy } from '../../plan/plan.ts'
import { thresholdCount } from '../../plan/threshold-count.ts'

/** The thresholds that admit every row. */
export function admitAll(policy: BudgetPolicy): number[] {
  return Array<number>(thresholdCount(policy)).fill(-Infinity)
}

/** The thresholds for a share (0 to 1) of the optional compute; of models without a calibration, those they were made with. */
export function thresholdsOf(policy: BudgetPolicy, share: number): number[] {
  return policy.kind === 'calibrated' ? thresholdsAt(policy.rows, share) : (trainedThresholds(policy) ?? [])
}

/** The thresholds that a model was made with; null where a calibration is all there is. */
export function trainedThresholds(policy: BudgetPolicy): number[] | null {
  switch (policy.kind) {
    case 'fixed':
      return []
    case 'calibrated':
      return null
    case 'quantile':
      return policy.trained
    case 'exit':
      return Array<number>(policy.count).fill(policy.trained)
  }
}

/**
 * The thresholds that let `share` (0 to 1) of the optional compute through, between the rows of a calibration. Scores
 * are interpolated over the logit of the capacity, which is close to straight and puts capacities 0 and 1 at
 * infinity; beyond the outermost rows with a score the line goes on.
 */
export function thresholdsAt(calibration: readonly CalibrationRow[], share: number): number[] {
  if (calibration.length === 0) return []
  const upper = calibration.findIndex((row) => row.budget >= share)
  const b = calibration[Math.max(upper, 0)]!
  if (b.budget === share || upper <= 0)
    return b.thresholds.map((threshold, j) => threshold ?? unbounded(b.capacities[j]!))
  const a = calibration[upper - 1]!
  const t = (share - a.budget) / (b.budget - a.budget)
  return a.thresholds.map((_, j) => {
    const capacity = a.capacities[j]! + t * (b.capacities[j]! - a.capacities[j]!)
    return scoreAt(calibration, j, capacity, upper)
  })
}

/** The score that this capacity of threshold j stands at. */
function scoreAt(calibration: readonly CalibrationRow[], j: number, capacity: number, upper: number): number {
  if (capacity <= 0 || capacity >= 1) return unbounded(capacity)
  const known = (row: CalibrationRow | undefined): boolean =>
    row?.thresholds[j] != null && logit(row.capacities[j]!) !== null
  let [low, high] = [upper - 1, upper]
  if (!known(calibration[low])) [low, high] = [high, high + 1]
  else if (!known(calibration[high])) [low, high] = [low - 1, low]
  const [from, to] = [calibration[low], calibration[high]]
  if (!known(from) || !known(to)) return nearest(calibration, j, capacity)
  const [x0, x1] = [logit(from!.capacities[j]!)!, logit(to!.capacities[j]!)!]
  const [y0, y1] = [from!.thresholds[j]!, to!.thresholds[j]!]
  return x0 === x1 ? y0 : y0 + ((y1 - y0) * (logit(capacity)! - x0)) / (x1 - x0)
}

/** With a single scored row there is no line: its score is all that is known. */
function nearest(calibration: readonly CalibrationRow[], j: number, capacity: number): number {
  const row = calibration.find((candidate) => candidate.thresholds[j] != null)
  return row?.thresholds[j] ?? unbounded(capacity)
}

function unbounded(capacity: number): number {
  return capacity >= 0.5 ? -Infinity : Infinity
}

function logit(capacity: number): number | null {
  return capacity > 0 && capacity < 1 ? Math.log(capacity / (1 - capacity)) : null
}
