/** The time that pauses and speeds are measured by. */
export interface Clock {
  /** Milliseconds since some moment. */
  now(): number
  /** Calls `then` once after `ms` milliseconds. @returns the way to give it up */
  after(ms: number, then: () => void): () => void
}

export const MACHINE_CLOCK: Clock = {
  now: () => performance.now(),
  after(ms, then) {
    const timer = setTimeout(then, ms)
    return () => {
      clearTimeout(timer)
    }
  },
}
