/** Text cannot be read as fast as a frame: what streams is drawn at most this often, and all that streams at once. */
export const BEAT_MS = 100

/** Not there where state is tested without a page. */
interface Screen {
  requestAnimationFrame?: (then: () => void) => unknown
  document?: { visibilityState: string }
}

/** One pass over everything that has arrived since the last; at once where the last is long enough ago. */
export class Beat {
  private readonly waiting = new Set<() => void>()
  private lastAt = -Infinity
  private isPlanned = false

  /** `work` is done with the next pass, once however often it is asked for until then. */
  with(work: () => void): void {
    this.waiting.add(work)
    if (this.isPlanned) return
    this.isPlanned = true
    const rest = this.lastAt + BEAT_MS - performance.now()
    if (rest > 0) setTimeout(inFrame, rest, this.pass)
    else inFrame(this.pass)
  }

  private readonly pass = (): void => {
    this.isPlanned = false
    this.lastAt = performance.now()
    const works = [...this.waiting]
    this.waiting.clear()
    for (const work of works) work()
  }
}

function inFrame(then: () => void): void {
  const { requestAnimationFrame, document } = globalThis as Screen
  if (requestAnimationFrame && document?.visibilityState === 'visible') requestAnimationFrame(then)
  else setTimeout(then)
}
