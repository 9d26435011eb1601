import { describe, expect, it } from 'vitest'
import { readCalibration } from '../../models/prepare/calibration.ts'
import { prepare } from '../../models/prepare/prepare.ts'
import { copyOfTiny, editJson, temporaryFolder } from './support.ts'

/** The small model's calibration with other losses. */
function measured(losses: readonly unknown[]): string {
  const folder = copyOfTiny()
  editJson(folder, 'calibration.json', (calibration) => {
    const rows = calibration.budgets as Record<string, unknown>[]
    calibration.budgets = losses.map((nll, i) => {
      const end = i === losses.length - 1
      const row = { ...rows[end ? rows.length - 1 : i]!, nll }
      if (nll === undefined) delete row.nll
      return row
    })
  })
  return folder
}

const effectOf = (...losses: unknown[]): unknown => readCalibration(measured(losses), 2).effect

describe('what was measured along the slider', () => {
  it('is the spread of the losses, and the lowest budget that is as good as the best', () => {
    expect(effectOf(2.9, 2.85, 2.811, 2.801, 2.805)).toEqual({ spread: 0.099, first: 10 })
    expect(effectOf(2.9, 2.8, 2.7)).toEqual({ spread: 0.2, first: 100 })
    expect(effectOf(2.0698, 2.0705, 2.0649, 2.0646)).toEqual({ spread: 0.0059, first: 0 })
  })

  it('takes decimal fractions at their word', () => {
    expect(effectOf(2.07, 2.06)).toEqual({ spread: 0.01, first: 0 })
    expect(effectOf(2.0701, 2.06)).toEqual({ spread: 0.0101, first: 100 })
  })

  it('is nothing unless every budget was measured', () => {
    expect(effectOf(2.9, undefined, 2.8)).toBeNull()
    expect(effectOf(2.9, null, 2.8)).toBeNull()
  })

  it('must be losses', () => {
    expect(() => effectOf(2.9, -1, 2.8)).toThrow(expect.objectContaining({ code: 'MODEL_CALIBRATION' }) as Error)
    expect(() => effectOf(2.9, 'low', 2.8)).toThrow(expect.objectContaining({ code: 'MODEL_CALIBRATION' }) as Error)
  })

  it('is in the plan, also when it is read again', async () => {
    const [folder, cache] = [measured([2.9, 2.8, 2.799]), temporaryFolder()]
    for (let time = 0; time < 2; time++) {
      const { plan } = await prepare(folder, cache, 'int8')
      expect(plan.budget).toMatchObject({ trained: true, effect: { spread: 0.101, first: 5 } })
    }
  })
})
