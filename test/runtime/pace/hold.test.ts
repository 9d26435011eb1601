import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { HoldController } from '../../../models/runtime/pace/hold.ts'
import { randomSource } from '../support.ts'

/** Milliseconds of a token that takes the share `share` of the optional compute, as the `index`th. */
type Machine = (share: number, index: number) => number

interface Run {
  budgets: number[]
  /** Times that the budget turned back after going the other way. */
  turns: number
  controller: HoldController
}

/** Writes `count` tokens: each takes all of the optional compute or none, as a router would have it under the budget. */
function write(controller: HoldController, machine: Machine, count: number, seed = 1): Run {
  const random = randomSource(seed)
  const budgets: number[] = []
  let turns = 0
  let direction = 0
  for (let index = 0; index < count; index++) {
    const before = controller.budget
    const share = random() < before / 100 ? 1 : 0
    controller.observe(machine(share, index), share)
    budgets.push(controller.budget)
    const next = Math.sign(controller.budget - before)
    if (next !== 0 && direction !== 0 && next !== direction) turns++
    if (next !== 0) direction = next
  }
  return { budgets, turns, controller }
}

const machines = fc.record({
  base: fc.double({ min: 1, max: 200, noNaN: true }),
  /** Of all the optional compute, relative to the base. */
  deep: fc.double({ min: 0.1, max: 4, noNaN: true }),
  /** Of a token's time, by chance. */
  noise: fc.double({ min: 0, max: 0.1, noNaN: true }),
  start: fc.integer({ min: 0, max: 100 }),
  seed: fc.nat(),
})

const machineOf = ({
  base,
  deep,
  noise,
  seed,
}: {
  base: number
  deep: number
  noise: number
  seed: number
}): Machine => {
  const random = randomSource(seed ^ 0x5bd1)
  return (share) => base * (1 + deep * share) * (1 + noise * (2 * random() - 1))
}

describe('holding a speed', () => {
  it('finds the budget that the speed needs, and stays there', () => {
    fc.assert(
      fc.property(machines, fc.integer({ min: 0, max: 100 }), (machine, wanted) => {
        const limitMs = machine.base * (1 + (machine.deep * wanted) / 100)
        const controller = new HoldController(1000 / limitMs, machine.start)
        const { budgets, turns } = write(controller, machineOf(machine), 1500, machine.seed)
        const settled = budgets.slice(-300)
        const mean = settled.reduce((sum, budget) => sum + budget, 0) / settled.length
        // in milliseconds, as points of budget weigh little where depth costs little
        const slack = 0.06 * limitMs + 0.12 * machine.base * machine.deep
        const taken = machine.base * (1 + (machine.deep * mean) / 100)
        expect(taken).toBeLessThanOrEqual(limitMs * 1.03)
        expect(taken).toBeGreaterThanOrEqual(limitMs - slack)
        expect(turns).toBeLessThanOrEqual(8)
      }),
      { numRuns: 300 },
    )
  })

  it('turns back ever more rarely, whatever the times of the tokens are', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0.01, max: 1000, noNaN: true }), { minLength: 1, maxLength: 60 }),
        fc.integer({ min: 1, max: 200 }),
        fc.integer({ min: 0, max: 100 }),
        (times, atLeast, start) => {
          const count = 2000
          const controller = new HoldController(atLeast, start)
          const { budgets, turns } = write(
            controller,
            (_, index) => times[Math.floor(index / 24) % times.length]!,
            count,
          )
          expect(budgets.every((budget) => Number.isInteger(budget) && budget >= 0 && budget <= 100)).toBe(true)
          expect(turns).toBeLessThanOrEqual(2 * (Math.log2(count / 32) + 1))
        },
      ),
      { numRuns: 300 },
    )
  })

  it('gives all the budget where there is room for it, and says where even none is too much', () => {
    const fast = write(new HoldController(10, 50), (share) => 20 + 20 * share, 40)
    expect(fast.budgets.at(-1)).toBe(100)
    expect(fast.controller.state).toBe('holding')
    const slow = write(new HoldController(100, 50), (share) => 20 + 20 * share, 64)
    expect(slow.budgets.at(-1)).toBe(0)
    expect(slow.controller.state).toBe('tooSlow')
  })

  it('follows a context that grows', () => {
    const controller = new HoldController(40, 50)
    const { budgets } = write(controller, (share, index) => (12 + 12 * share) * (1 + index / 2000), 2000)
    // at 12 and 24 ms, 25 ms have room for all; at 24 and 48 for next to nothing
    expect(Math.max(...budgets.slice(0, 200))).toBeGreaterThan(90)
    expect(budgets.at(-1)).toBeLessThanOrEqual(8)
    expect(budgets.at(-1)).toBeGreaterThanOrEqual(0)
  })

  it('begins where the answer before has left off', () => {
    const machine: Machine = (share) => 20 + 40 * share
    const first = write(new HoldController(25, 100), machine, 400)
    const next = new HoldController(25, 100, first.controller.cost)
    expect(Math.abs(next.budget - first.controller.budget)).toBeLessThanOrEqual(10)
    expect(next.state).toBe('holding')
    expect(new HoldController(25, 100).state).toBe('measuring')
  })

  it('tries again when a machine that was busy is free', () => {
    const controller = new HoldController(40, 50)
    const machine: Machine = (share, index) => (share === 1 && index < 200 ? 900 : index < 200 ? 60 : 10 + 10 * share)
    const { budgets } = write(controller, machine, 1200)
    expect(budgets[190]).toBe(0)
    expect(budgets.at(-1)).toBe(100)
  })

  it('is not thrown by one long pause', () => {
    const controller = new HoldController(25, 50)
    const machine: Machine = (share, index) => (index === 700 ? 5000 : 20 + 40 * share)
    const { budgets } = write(controller, machine, 900)
    const before = budgets[690]!
    expect(Math.min(...budgets.slice(690))).toBeGreaterThanOrEqual(before - 15)
  })
})
