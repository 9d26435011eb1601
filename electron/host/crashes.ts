import type { Limits } from './limits.ts'

/** Decides after each crash how long to wait before the next start, or that there is none. */
export class Crashes {
  private readonly limits: Limits
  private moments: number[] = []

  constructor(limits: Limits) {
    this.limits = limits
  }

  /** Milliseconds to wait, or null where there were too many. */
  next(now = Date.now()): number | null {
    this.moments = [...this.moments.filter((moment) => now - moment < this.limits.crashWindowMs), now]
    if (this.moments.length >= this.limits.crashes) return null
    return this.limits.restartMs[this.moments.length - 1] ?? this.limits.restartMs.at(-1) ?? 0
  }

  forget(): void {
    this.moments = []
  }
}
