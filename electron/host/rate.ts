/** Speed of something that grows, over its last seconds. */
export class Rate {
  private readonly windowMs: number
  private readonly samples: { at: number; value: number }[] = []

  constructor(windowMs = 6_000) {
    this.windowMs = windowMs
  }

  /** @param at in milliseconds, of a clock that never goes back */
  add(value: number, at = performance.now()): void {
    const last = this.samples.at(-1)
    // something began anew
    if (last && value < last.value) this.samples.length = 0
    this.samples.push({ at, value })
    while (this.samples.length > 2 && at - this.samples[0]!.at > this.windowMs) this.samples.shift()
  }

  reset(): void {
    this.samples.length = 0
  }

  /** A second; null before it can be told. */
  get perSecond(): number | null {
    const [first] = this.samples
    const last = this.samples.at(-1)
    if (!first || !last || last.at - first.at < 200) return null
    return (1000 * (last.value - first.value)) / (last.at - first.at)
  }
}
