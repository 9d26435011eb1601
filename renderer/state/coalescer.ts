/** Passes on the first value at once, then at most one each interval: always the latest, and the last one for certain. */
export class Coalescer<T> {
  private readonly intervalMs: number
  private readonly deliver: (value: T) => void
  private waiting: { value: T } | null = null
  private timer: ReturnType<typeof setTimeout> | undefined

  constructor(intervalMs: number, deliver: (value: T) => void) {
    this.intervalMs = intervalMs
    this.deliver = deliver
  }

  push(value: T): void {
    if (this.timer !== undefined) {
      this.waiting = { value }
      return
    }
    this.deliver(value)
    this.timer = setTimeout(() => {
      this.timer = undefined
      const waiting = this.waiting
      this.waiting = null
      if (waiting) this.push(waiting.value)
    }, this.intervalMs)
  }
}
