import { describe, expect, it } from 'vitest'
import { clears, step } from '../../models/plan/visit.ts'
import { BudgetController } from '../../models/runtime/budget/controller.ts'
import type { Adjustable } from '../../models/runtime/budget/curve.ts'
import { thresholdCosts } from '../../models/runtime/budget/curve.ts'
import { QuantileCurve } from '../../models/runtime/budget/quantile-curve.ts'
import { randomSource } from './support.ts'

const visits = [0, 1].map((j) => step('block', { admission: [clears(j, 'score')], refusal: 'tail', cost: 2 }))
const MOR: Adjustable = {
  visits,
  policy: { kind: 'quantile', trained: [0, 0], capacities: [2 / 3, 1 / 3], deepening: true },
}
const LOOPED: Adjustable = {
  visits: Array.from({ length: 7 }, (_, j) => step('loop', { admission: [clears(j, 'score')], cost: 1 })),
  policy: { kind: 'exit', count: 7, trained: 0.03 },
}

/** Tokens whose step k has the score `score(k)`; a token that is refused once goes no further. @returns shares realised */
function decode(plan: Adjustable, asked: number, count: number, score: (k: number) => number): number[] {
  const controller = new BudgetController(plan, asked)
  const full = plan.visits.length
  return Array.from({ length: count }, () => {
    const seen: number[][] = plan.visits.map(() => [])
    let run = 0
    for (const [j, threshold] of controller.trimmed().entries()) {
      const own = score(j)
      seen[j]!.push(own)
      if (own < threshold) break
      run++
    }
    controller.observe(seen)
    controller.spent(run, full)
    return run / full
  })
}

function worst200(shares: readonly number[], asked: number): number {
  const means = shares.slice(199).map((_, i) => shares.slice(i, i + 200).reduce((sum, x) => sum + x, 0) / 200)
  return Math.max(...means.map((mean) => Math.abs(mean - asked)))
}

describe('a budget for routers that saturate', () => {
  it.each([0, 0.2, 0.5, 0.75, 1])('is kept to within 5 % of %f over any 200 tokens', (asked) => {
    const random = randomSource(5)
    // scores are nearly all or nothing, as those of published routers
    const saturated = (): number => 12 * (random() < 0.4 ? 1 : -1) + random()
    expect(worst200(decode(MOR, asked, 900, saturated), asked)).toBeLessThanOrEqual(0.05)
  })

  it('leaves a threshold that saves nothing as it was trained, unless more are to get beyond it', () => {
    // recursion 1 is run for its K/V all the same
    const curve = new QuantileCurve(
      { kind: 'quantile', trained: [0, 0, 0], capacities: [0.75, 0.5, 0.25], deepening: true },
      [0, 2, 2],
    )
    expect([0, 0.375, 0.5, 1].map((share) => curve.capacities(share))).toEqual([
      [0.75, 0, 0],
      [0.75, 0.5, 0.25],
      [0.75, 0.75, 0.25],
      [1, 1, 1],
    ])
  })

  it('is the trained capacities at their own share, a greatest depth below it and more of the deepest above', () => {
    const curve = new QuantileCurve(
      { kind: 'quantile', trained: [0, 0], capacities: [2 / 3, 1 / 3], deepening: true },
      thresholdCosts(MOR),
    )
    const rounded = (share: number): number[] => curve.capacities(share).map((c) => Math.round(c * 1000) / 1000)
    expect(rounded(0)).toEqual([0, 0])
    expect(rounded(0.25)).toEqual([0.5, 0])
    expect(rounded(0.5)).toEqual([0.667, 0.333])
    expect(rounded(0.75)).toEqual([1, 0.5])
    expect(rounded(1)).toEqual([1, 1])
  })

  it('lets the same share through each where depth is no order', () => {
    const even = { kind: 'quantile', trained: [0, 0], capacities: [0.5, 0.5], deepening: false } as const
    expect(new QuantileCurve({ ...even, capacities: [0.5, 0.5], trained: [0, 0] }, [4, 4]).capacities(0.3)).toEqual([
      0.3, 0.3,
    ])
  })

  it('begins with the trained thresholds and goes over to quantiles', () => {
    const controller = new BudgetController(MOR, 0.25)
    expect(controller.calibrated()).toEqual([0, Infinity])
    controller.observe([Array.from({ length: 100 }, (_, i) => i + 1)])
    expect(controller.calibrated()[0]).toBeCloseTo(50.5, 5)
  })
})

describe('a budget for models that stop when nothing moves', () => {
  it.each([0, 0.1, 0.4, 0.7, 1])('is kept to within 5 % of %f over any 200 tokens', (asked) => {
    const random = randomSource(9)
    const falling = (k: number): number => 2 ** -k * (0.5 + random())
    expect(worst200(decode(LOOPED, asked, 900, falling), asked)).toBeLessThanOrEqual(0.05)
  })

  it('begins with the threshold of its makers, and goes from one step to all', () => {
    const at = (share: number): number => new BudgetController(LOOPED, share).calibrated()[0]!
    expect([at(0), at(0.5), at(1)]).toEqual([Infinity, 0.03, -Infinity])
  })
})
