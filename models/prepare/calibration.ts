import { join } from 'node:path'
import { DepthwiseError } from '../../electron/contract/errors.ts'
import { readJson } from '../formats/json.ts'
import { CalibrationSchema } from '../formats/sources.ts'
import type { CalibrationRow } from '../plan/plan.ts'

/** The rows of calibration.json, from budget 0 to budget 1. @throws DepthwiseError MODEL_CALIBRATION */
export function readCalibration(source: string, thresholds: number): CalibrationRow[] {
  const { budgets } = readJson(join(source, 'calibration.json'), CalibrationSchema, 'MODEL_CALIBRATION')
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
  return budgets
}
