import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { Beat, LEAST_MS } from '../../renderer/state/beat.ts'

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

it('draws less often where a pass takes long, though never less than four times a second', async () => {
  vi.useRealTimers()
  vi.stubGlobal('requestAnimationFrame', (then: () => void) => setTimeout(then))
  vi.stubGlobal('document', { visibilityState: 'visible' })
  try {
    const beat = new Beat()
    expect(beat.interval).toBe(LEAST_MS)
    beat.with(() => {
      const begun = performance.now()
      while (performance.now() - begun < 20);
    })
    await vi.waitFor(() => {
      expect(beat.interval).toBeGreaterThan(1.5 * LEAST_MS)
    })
    expect(beat.interval).toBeLessThanOrEqual(250)
  } finally {
    vi.unstubAllGlobals()
  }
})
