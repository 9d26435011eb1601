import { describe, expect, it } from 'vitest'
import type { Clock } from '../../../models/runtime/pace/clock.ts'
import { Rests } from '../../../models/runtime/pace/rests.ts'

/** A clock that stands until it is moved. */
class Hands implements Clock {
  time = 0
  private readonly waiting = new Set<{ at: number; then: () => void }>()

  now(): number {
    return this.time
  }

  after(ms: number, then: () => void): () => void {
    const timer = { at: this.time + ms, then }
    this.waiting.add(timer)
    return () => this.waiting.delete(timer)
  }

  async moveTo(time: number): Promise<void> {
    this.time = time
    for (const timer of this.waiting) {
      if (timer.at > time) continue
      this.waiting.delete(timer)
      timer.then()
    }
    await new Promise((resolve) => setImmediate(resolve))
  }

  get timers(): number {
    return this.waiting.size
  }
}

describe('rests between tokens', () => {
  it('keep to the speed, with the time that the token itself took', async () => {
    const clock = new Hands()
    const rests = new Rests(clock)
    rests.set(1, 10)
    const woken: number[] = []
    const writing = (async () => {
      for (let token = 0; token < 3; token++) {
        clock.time += 30
        await rests.rest(1)
        woken.push(clock.time)
      }
    })()
    for (let time = 0; time <= 400; time += 5) await clock.moveTo(Math.max(time, clock.time))
    await writing
    expect(woken).toEqual([100, 200, 300])
  })

  it('are none where a token takes longer than its turn, and none are saved up', async () => {
    const clock = new Hands()
    const rests = new Rests(clock)
    rests.set(1, 10)
    clock.time = 1000
    await rests.rest(1)
    expect(clock.timers).toBe(0)
    const next = rests.rest(1)
    expect(clock.timers).toBe(1)
    await clock.moveTo(1100)
    await next
  })

  it('are twice as long for each of two, and end at once where they are given up', async () => {
    const clock = new Hands()
    const rests = new Rests(clock)
    rests.set(1, 10)
    rests.set(2, 10)
    let woken = 0
    const both = [1, 2].map((id) => rests.rest(id).then(() => woken++))
    await clock.moveTo(199)
    expect(woken).toBe(0)
    rests.set(1, null)
    await both[0]
    await clock.moveTo(200)
    expect(woken).toBe(2)
    await rests.rest(1)
    expect(clock.timers).toBe(0)
    const stopped = rests.rest(2)
    rests.wake(2)
    await stopped
    expect(clock.timers).toBe(0)
  })
})
