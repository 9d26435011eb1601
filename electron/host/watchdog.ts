import type { Limits } from './limits.ts'

/**
 * Asks a process for a sign of life at every beat and tells when too many went unanswered. Beats are counted, not time
 * measured, so that a machine that slept kills nothing.
 */
export class Watchdog {
  private readonly limits: Limits
  private readonly ask: () => void
  private readonly lost: (silentMs: number) => void
  private timer: NodeJS.Timeout | undefined
  private silent = 0
  private patient = false

  constructor(limits: Limits, ask: () => void, lost: (silentMs: number) => void) {
    this.limits = limits
    this.ask = ask
    this.lost = lost
  }

  watch(): void {
    this.rest()
    this.silent = 0
    this.timer = setInterval(() => {
      this.beat()
    }, this.limits.beatMs)
    this.timer.unref()
  }

  /** Any message counts. While `patient`, silence may last as long as a big model takes to load. */
  heard(patient: boolean): void {
    this.silent = 0
    this.patient = patient
  }

  rest(): void {
    clearInterval(this.timer)
  }

  private beat(): void {
    const allowed = this.patient ? this.limits.silentBeatsLoading : this.limits.silentBeats
    if (++this.silent > allowed) {
      this.rest()
      this.lost(this.silent * this.limits.beatMs)
    } else {
      this.ask()
    }
  }
}
