/** Text cannot be read as fast as a frame: what streams is drawn at most this often, and all that streams at once. */
export const LEAST_MS = 100
/** And at least so often, however long a pass takes. */
const MOST_MS = 250
/** Of the page's thread; compositor and raster take about as much again of what else writes the answer. */
const SHARE = 0.03
/** Of a pass's cost, in what is expected of the next. */
const SMOOTHING = 0.25

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
  /** Milliseconds of a pass, layout and painting included; of the last few. */
  private cost = 0

  /** `work` is done with the next pass, once however often it is asked for until then. */
  with(work: () => void): void {
    this.waiting.add(work)
    if (this.isPlanned) return
    this.isPlanned = true
    const rest = this.lastAt + this.interval - performance.now()
    if (rest > 0) setTimeout(inFrame, rest, this.pass)
    else inFrame(this.pass)
  }

  /** Milliseconds from pass to pass: as many as keep drawing to its share of a CPU. */
  get interval(): number {
    return Math.min(MOST_MS, Math.max(LEAST_MS, this.cost / SHARE))
  }

  private readonly pass = (): void => {
    this.isPlanned = false
    const begun = (this.lastAt = performance.now())
    const works = [...this.waiting]
    this.waiting.clear()
    for (const work of works) work()
    afterFrame(() => {
      this.cost += SMOOTHING * (performance.now() - begun - this.cost)
    })
  }
}

function inFrame(then: () => void): void {
  if (isDrawn()) (globalThis as Screen).requestAnimationFrame?.(then)
  else setTimeout(then)
}

/** When what a pass has changed is laid out and painted; never where nothing is drawn. */
function afterFrame(then: () => void): void {
  if (!isDrawn()) return
  const { port1, port2 } = new MessageChannel()
  const done = () => {
    port1.close()
    then()
  }
  port1.addEventListener('message', done, { once: true })
  port1.start()
  port2.postMessage(null)
}

function isDrawn(): boolean {
  const { requestAnimationFrame, document } = globalThis as Screen
  return requestAnimationFrame !== undefined && document?.visibilityState === 'visible'
}
