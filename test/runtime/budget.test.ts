import { readFileSync } from 'node:fs'
import path from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BudgetController } from '../../models/runtime/budget/controller.ts'
import type { Adjustable } from '../../models/runtime/budget/curve.ts'
import { thresholdsAt } from '../../models/runtime/budget/thresholds.ts'
import type { CalibrationRow } from '../../models/plan/plan.ts'
import { TINY } from '../models/support.ts'
import { randomSource } from './support.ts'

const { budgets: CALIBRATION } = JSON.parse(readFileSync(path.join(TINY, 'calibration.json'), 'utf8')) as {
  budgets: CalibrationRow[]
}

const PLAN: Adjustable = { policy: { kind: 'calibrated', rows: CALIBRATION }, visits: [] }

describe('thresholds of a budget', () => {
  it('are the calibrated ones at every calibrated budget; no token at 0, every token at 1', () => {
    for (const row of CALIBRATION.slice(1, -1)) expect(thresholdsAt(CALIBRATION, row.budget)).toEqual(row.thresholds)
    expect(thresholdsAt(CALIBRATION, 0)).toEqual([Infinity, Infinity])
    expect(thresholdsAt(CALIBRATION, 1)).toEqual([-Infinity, -Infinity])
  })

  it('lie between the rows around them, and beyond the outermost rows go on to infinity', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.0001, max: 0.9999, noNaN: true }), (share) => {
        const upper = CALIBRATION.findIndex((row) => row.budget >= share)
        thresholdsAt(CALIBRATION, share).forEach((threshold, j) => {
          const [a, b] = [
            CALIBRATION[upper - 1]!.thresholds[j] ?? Infinity,
            CALIBRATION[upper]!.thresholds[j] ?? -Infinity,
          ]
          expect(Number.isNaN(threshold)).toBe(false)
          expect(threshold).toBeGreaterThanOrEqual(Math.min(a, b))
          expect(threshold).toBeLessThanOrEqual(Math.max(a, b))
        })
      }),
    )
  })

  it('of a model without calibration are none', () => {
    expect(thresholdsAt([], 0.4)).toEqual([])
  })

  it('of a calibration with a single scored row are that row', () => {
    const rows: CalibrationRow[] = [
      { budget: 0, capacities: [0], thresholds: [null] },
      { budget: 0.5, capacities: [0.5], thresholds: [0.3] },
      { budget: 1, capacities: [1], thresholds: [null] },
    ]
    expect(thresholdsAt(rows, 0.2)).toEqual([0.3])
  })
})

/** Runs the two-threshold rule on a row of scores; returns the share of optional compute of every token. */
function decode(controller: BudgetController, scores: Iterable<readonly [number, number]>): number[] {
  return Array.from(scores, ([first, second]) => {
    const [a, b] = controller.trimmed()
    const run = first < a! ? 0 : second < b! ? 1 : 2
    controller.spent(run, 2)
    return run / 2
  })
}

/** Largest distance from `asked` of the mean over any 200 tokens in a row. */
function worstWindow(shares: readonly number[], asked: number): number {
  let worst = 0
  for (let i = 0; i + 200 <= shares.length; i++) {
    const mean = shares.slice(i, i + 200).reduce((sum, share) => sum + share, 0) / 200
    worst = Math.max(worst, Math.abs(mean - asked))
  }
  return worst
}

describe('the budget controller', () => {
  it('stays within 5 % of what was asked over any 200 tokens, whatever the scores are', () => {
    const text = fc.record({
      seed: fc.integer(),
      asked: fc.double({ min: 0.01, max: 0.99, noNaN: true }),
      bias: fc.double({ min: -3, max: 3, noNaN: true }),
      period: fc.integer({ min: 1, max: 300 }),
    })
    fc.assert(
      fc.property(text, ({ seed, asked, bias, period }) => {
        const random = randomSource(seed)
        const scores = Array.from({ length: 800 }, (_, i) => {
          const drift = bias + 2 * Math.sin((2 * Math.PI * i) / period)
          return [drift + random() - 0.5, drift + random() - 0.5] as const
        })
        expect(worstWindow(decode(new BudgetController(PLAN, asked), scores), asked)).toBeLessThanOrEqual(0.05)
      }),
      { numRuns: 150 },
    )
  })

  it('lets no token through at 0 and every token at 100, at once, whatever is owed', () => {
    const controller = new BudgetController(PLAN, 0.5)
    decode(controller, Array<readonly [number, number]>(3).fill([-9, -9]))
    controller.share = 0
    expect(decode(controller, Array<readonly [number, number]>(20).fill([9, 9]))).toEqual(Array(20).fill(0))
    controller.share = 1
    expect(decode(controller, Array<readonly [number, number]>(20).fill([-9, -9]))).toEqual(Array(20).fill(1))
  })

  it('leaves calibrated thresholds as they are while nothing is owed', () => {
    const controller = new BudgetController(PLAN, 0.5)
    expect(controller.trimmed()).toEqual(controller.calibrated())
  })
})
