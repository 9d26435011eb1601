import path from 'node:path'
import { DepthwiseError } from '../common/errors.ts'
import type { BudgetEffect } from '../common/values.ts'
import { HARDLY_NATS } from '../common/values.ts'
import { readJson } from '../formats/json.ts'
import { CalibrationSchema } from '../formats/sources.ts'
import type { CalibrationRow } from '../plan/plan.ts'

interface Calibration {
  /** From budget 0 to budget 1. */
  rows: CalibrationRow[]
  /** null unless a loss is given for every row. */
  effect: BudgetEffect | null
}

/** What calibration.json says. @throws DepthwiseError MODEL_CALIBRATION */
export function readCalibration(source: string, thresholds: number): Calibration {
  const { budgets } = readJson(path.join(source, 'calibration.json'), CalibrationSchema, 'MODEL_CALIBRATION')
  const bad = (why: string, field: string): DepthwiseError =>
    new DepthwiseError('MODEL_CALIBRATION', `calibration.json ${why}.`, { detail: field })
  budgets.forEach((row, i) => {
    if (row.capacities.length !== thresholds || row.thresholds.length !== thresholds) {
      throw bad(`must give ${thresholds} capacities and thresholds for every budget`, `budgets.${i}`)
    }
    if (i > 0 && row.budget <= budgets[i - 1]!.budget)
      throw bad('must list budgets in rising order', `budgets.${i}.budget`)
  })
  if (budgets[0]!.budget !== 0 || budgets.at(-1)!.budget !== 1)
    throw bad('must reach from budget 0 to budget 1', 'budgets')
  const rows = budgets.map(({ budget, capacities, thresholds }) => ({ budget, capacities, thresholds }))
  return { rows, effect: effectOf(budgets) }
}

function effectOf(budgets: readonly { budget: number; nll?: number | null | undefined }[]): BudgetEffect | null {
  const losses = budgets.flatMap(({ nll }) => nll ?? [])
  if (losses.length < budgets.length) return null
  const best = Math.min(...losses)
  const above = losses.map((loss) => decimal(loss - best))
  return {
    spread: Math.max(...above),
    first: decimal(100 * budgets[above.findIndex((loss) => loss <= HARDLY_NATS)]!.budget),
  }
}

/** As it would be written: 2.07 − 2.06 is not below 0.01. */
function decimal(value: number): number {
  return Number(value.toFixed(6))
}
