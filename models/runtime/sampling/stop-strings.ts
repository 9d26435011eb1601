/** Cuts a growing text at the first stop string; holds back text that may be the beginning of one. */
export class StopStrings {
  private readonly stops: readonly string[]
  private held = ''

  constructor(stops: readonly string[]) {
    this.stops = stops
  }

  /** @returns what is sure to belong to the answer, and whether a stop string was reached */
  push(text: string): { text: string; stopped: boolean } {
    const all = this.held + text
    const cuts = this.stops.map((stop) => all.indexOf(stop)).filter((at) => at >= 0)
    if (cuts.length > 0) {
      this.held = ''
      return { text: all.slice(0, Math.min(...cuts)), stopped: true }
    }
    const keep = this.stops.reduce((most, stop) => Math.max(most, overlap(all, stop)), 0)
    this.held = all.slice(all.length - keep)
    return { text: all.slice(0, all.length - keep), stopped: false }
  }

  /** What was held back, once nothing follows. */
  flush(): string {
    const rest = this.held
    this.held = ''
    return rest
  }
}

/** Length of the longest end of `text` that begins `stop` and is not all of it. */
export function overlap(text: string, stop: string): number {
  for (let length = Math.min(text.length, stop.length - 1); length > 0; length--) {
    if (text.endsWith(stop.slice(0, length))) return length
  }
  return 0
}
