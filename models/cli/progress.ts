/** Where progress is told, and by which clock. */
export interface Told {
  isTTY?: boolean
  write(text: string): unknown
}

/** Milliseconds behind which a log hears of work that will take so many in all, and between two looks at a terminal. */
const [HEARD_MS, LONG_MS, REDRAW_MS] = [2000, 20_000, 100]
/** Percent between two lines of a log. */
const STEP = 10
/** Share and milliseconds done from which the time left can be guessed. */
const [GUESS_SHARE, GUESS_MS] = [0.02, 1000]

/** Progress of long work: a line that changes on a terminal, a line for every tenth of the work elsewhere. */
export class Progress {
  private readonly to: Told
  private readonly now: () => number
  private readonly began: number
  private drawn = -Infinity
  private logged = 0

  constructor(to: Told = process.stderr, now: () => number = () => performance.now()) {
    this.to = to
    this.now = now
    this.began = now()
  }

  /** @param what is done, as in `Preparing` @param share of it, 0 to 1 */
  tell(what: string, share: number): void {
    const percent = Math.floor(100 * share)
    if (this.to.isTTY) {
      if (this.now() - this.drawn < REDRAW_MS) return
      this.drawn = this.now()
      this.to.write(`\r\x1b[K${what} ${percent} %${this.left(share)}`)
    } else {
      const step = percent - (percent % STEP)
      if (step <= this.logged || (this.logged === 0 && !this.isLong(share))) return
      this.logged = step
      this.to.write(`${what} ${step} %${this.left(share)}\n`)
    }
  }

  /** Something that says of itself how far it is no more than that it goes on. */
  goOn(what: string): void {
    if (this.to.isTTY) this.to.write(`\r\x1b[K${what} …`)
    else if (this.logged > 0) this.to.write(`${what} …\n`)
  }

  /** Leaves a terminal's line empty. */
  end(): void {
    if (this.to.isTTY) this.to.write('\r\x1b[K')
  }

  private isLong(share: number): boolean {
    const passed = this.now() - this.began
    return passed > HEARD_MS && passed / share > LONG_MS
  }

  private left(share: number): string {
    const passed = this.now() - this.began
    if (share < GUESS_SHARE || passed < GUESS_MS || share >= 1) return ''
    return `, about ${duration((passed * (1 - share)) / share / 1000)} left`
  }
}

/** `8 s`, `3 min`, `1.5 h` of so many seconds. */
export function duration(seconds: number): string {
  if (seconds < 90) return `${Math.max(1, Math.round(seconds))} s`
  if (seconds < 90 * 60) return `${Math.round(seconds / 60)} min`
  return `${(seconds / 3600).toFixed(1)} h`
}
