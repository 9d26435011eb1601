import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { Beat } from '../../renderer/state/beat.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

it('does what arrives at once, then at most ten times a second, and loses nothing', () => {
  const beat = new Beat()
  const at: number[] = []
  const start = performance.now()
  const work = vi.fn(() => at.push(performance.now() - start))
  for (let arrived = 0; arrived < 100; arrived++) {
    beat.with(work)
    vi.advanceTimersByTime(10)
  }
  vi.advanceTimersByTime(200)
  expect(at[0]).toBeLessThan(10)
  expect(at.length).toBeGreaterThan(8)
  expect(at.length).toBeLessThanOrEqual(12)
  const asked = at.at(-1)!
  expect(asked).toBeGreaterThanOrEqual(980)
})

it('takes all that streams in one pass', () => {
  const beat = new Beat()
  const order: string[] = []
  const [one, other] = [() => order.push('one'), () => order.push('other')]
  beat.with(one)
  vi.advanceTimersByTime(110)
  for (const work of [one, other, one, other]) beat.with(work)
  vi.advanceTimersByTime(110)
  expect(order).toEqual(['one', 'one', 'other'])
})
