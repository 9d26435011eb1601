import { describe, expect, it } from 'vitest'
import { KEPT_OVER } from '../../models/common/values.ts'
import { BudgetController } from '../../models/runtime/budget/controller.ts'
import { ReadingsMeter } from '../../models/runtime/readings.ts'

/** `count` tokens, 10 ms apart, that take `run` of the two layers that a budget decides about. */
function add(meter: ReadingsMeter, count: number, run: number, from = 0): void {
  for (let i = 0; i < count; i++) meter.add(10 * (from + i), 1 + run, run, 2)
}

describe('live readings', () => {
  it('tell over how many tokens the share is an average', () => {
    const meter = new ReadingsMeter(0)
    expect(meter.live(50)).toMatchObject({ budgetRealised: null, over: 0 })
    add(meter, 18, 1)
    expect(meter.live(50)).toMatchObject({ budgetRealised: 50, over: 18, meanDepth: 2 })
    add(meter, 400, 1, 18)
    expect(meter.live(50).over).toBe(KEPT_OVER)
  })

  it('take the share over as many tokens as a budget is kept over, speed and depth over the last few', () => {
    const meter = new ReadingsMeter(0)
    add(meter, 150, 0)
    add(meter, 50, 2, 150)
    expect(meter.live(25)).toMatchObject({ budgetRealised: 25, meanDepth: 3, over: 200 })
    expect(meter.live(25).tokensPerSecond).toBeCloseTo(100)
  })

  it('begin anew where the budget was moved', () => {
    const meter = new ReadingsMeter(0)
    add(meter, 100, 0)
    meter.restart()
    add(meter, 19, 2, 100)
    expect(meter.live(100)).toMatchObject({ budgetRealised: 95, over: 20 })
    expect(meter.total()).toMatchObject({ tokens: 119, budgetRealised: (100 * 19) / 119 })
  })

  it('are within 5 points of a budget that is kept, whatever a router wants', () => {
    const meter = new ReadingsMeter(0)
    const thresholds = (share: number) => [share >= 1 ? -Infinity : share <= 0 ? Infinity : 0]
    const rows = [0, 0.5, 1].map((budget) => ({ budget, capacities: [budget], thresholds: thresholds(budget) }))
    const controller = new BudgetController({ policy: { kind: 'calibrated', rows }, visits: [] } as never, 0.5)
    for (let token = 0; token < 900; token++) {
      // for a hundred tokens it wants all, for a hundred none
      const wants = Math.floor(token / 100) % 2 === 0 ? 1 : -1
      const run = wants >= controller.trimmed()[0]! ? 1 : 0
      controller.spent(run, 1)
      meter.add(token, 1 + run, run, 1)
      const { budgetRealised, over } = meter.live(50)
      if (over === KEPT_OVER) expect(Math.abs(budgetRealised! - 50)).toBeLessThanOrEqual(5)
    }
  })
})
