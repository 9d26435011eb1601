import type { Limits } from './limits.ts'

/**
 * Asks a process for a sign of life at every beat and tells when too many went unanswered. Beats are counted, not time
 * measured, so that a machine that slept kills nothing.
 */
export class Watchdog {
  private readonly limits: Limits
  private readonly ask: () => void
  private readonly quiet: (silentMs: number | null) => void
  private readonly lost: (silentMs: number) => void
  private timer: NodeJS.Timeout | undefined
  private silent = 0
  private patient = false

  /** @param quiet hears of a silence that a person should know of, at every beat of it, and null when it is over */
  constructor(
    limits: Limits,
    ask: () => void,
    quiet: (silentMs: number | null) => void,
    lost: (silentMs: number) => void,
  ) {
    this.limits = limits
    this.ask = ask
    this.quiet = quiet
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
    const wasQuiet = this.isQuiet
    this.silent = 0
    this.patient = patient
    if (wasQuiet) this.quiet(null)
  }

  rest(): void {
    clearInterval(this.timer)
  }

  private get isQuiet(): boolean {
    return !this.patient && this.silent >= this.limits.quietBeats
  }

  private beat(): void {
    const allowed = this.patient ? this.limits.silentBeatsLoading : this.limits.silentBeats
    if (++this.silent > allowed) {
      this.rest()
      this.lost(this.silent * this.limits.beatMs)
    } else {
      this.ask()
      if (this.isQuiet) this.quiet(this.silent * this.limits.beatMs)
    }
  }
}
