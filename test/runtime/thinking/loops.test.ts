import { expect, it } from 'vitest'
import { LoopDetector } from '../../../models/runtime/thinking/loops.ts'
import { randomSource } from '../support.ts'

/** Index of the token with which a loop is noticed, or −1. */
const noticed = (ids: readonly number[]): number => {
  const detector = new LoopDetector()
  return ids.findIndex((id) => detector.push(id))
}
const passage = (length: number, from = 1): number[] => Array.from({ length }, (_, i) => from + i)
const times = (count: number, ids: readonly number[]): number[] => Array.from({ length: count }, () => ids).flat()

it.each([8, 9, 40, 512])('notices %i tokens that come three times in a row, with the last of them', (length) => {
  const before = passage(50, 10_000)
  expect(noticed([...before, ...times(3, passage(length))])).toBe(50 + 3 * length - 1)
  expect(noticed([...before, ...times(2, passage(length)), ...passage(length - 1)])).toBe(-1)
})

it('counts shorter ones as often as they make up eight', () => {
  expect(noticed(times(40, [1, 2, 3]))).toBe(3 * 9 - 1)
  expect(noticed(times(8, [1, 2, 3]))).toBe(-1)
  expect(noticed(times(30, [1]))).toBe(23)
})

it('notices a passage that comes back with something else between', () => {
  const circling = [0, 1, 2, 3].flatMap((round) => [...passage(24), ...passage(30 + round, 1000 * (round + 1))])
  expect(noticed(circling)).toBe(24 * 4 + 30 + 31 + 32 - 1)
  expect(noticed(circling.slice(0, -40))).toBe(-1)
})

it('takes text whose words come back for what it is', () => {
  const random = randomSource(1)
  expect(noticed(Array.from({ length: 4000 }, () => Math.floor(random() * 40)))).toBe(-1)
})
