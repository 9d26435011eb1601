import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { Coalescer } from '../../renderer/state/coalescer.ts'

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

it('passes the first value on at once', () => {
  const sent: number[] = []
  new Coalescer<number>(50, (value) => sent.push(value)).push(7)
  expect(sent).toEqual([7])
})

it('sends at most one value an interval in a fast drag, and the last one for certain', () => {
  const sent: number[] = []
  const coalescer = new Coalescer<number>(50, (value) => sent.push(value))
  for (let value = 0; value < 100; value++) {
    coalescer.push(value)
    vi.advanceTimersByTime(10)
  }
  vi.advanceTimersByTime(1000)
  expect(sent.length).toBeLessThanOrEqual(21)
  expect(sent.at(-1)).toBe(99)
  expect(sent).toEqual([...sent].sort((a, b) => a - b))
})

it('sends a value that comes after a rest at once, and nothing twice', () => {
  const sent: number[] = []
  const coalescer = new Coalescer<number>(50, (value) => sent.push(value))
  coalescer.push(1)
  vi.advanceTimersByTime(200)
  coalescer.push(2)
  expect(sent).toEqual([1, 2])
  vi.advanceTimersByTime(200)
  expect(sent).toEqual([1, 2])
})
