import { flushSync } from 'svelte'
import { watchNearness } from './nearness.ts'

/** Milliseconds at a time for what is out of sight. */
const SLICE_MS = 8
/** Milliseconds at a time for what a person waits for, and how many are drawn in one pass of layout. */
const [BUSY_MS, TOGETHER] = [40, 8]

/**
 * Lets what is near sight be drawn at once and the rest bit by bit while nothing else is to be done, so that all of a
 * long answer is there in the end, to be found and copied.
 */
class Mounting {
  /** What is drawn, and how its nearness is no longer watched. */
  private readonly waiting = new Map<Element, { mount: () => void; forget: () => void }>()
  private isPlanned = false

  /** `mount` is called once, unless what this gives back is called before. */
  wait(element: Element, mount: () => void): () => void {
    const forget = watchNearness(element, (near) => {
      if (near) this.mount(element)
    })
    this.waiting.set(element, { mount, forget })
    this.plan()
    return () => {
      this.waiting.delete(element)
      forget()
    }
  }

  /** Lets all in `element` be drawn as soon as that is possible without keeping the window from what else is done in it. */
  async drawIn(element: Element): Promise<void> {
    // what is drawn may hold what waits in its turn
    for (let all = this.waitingIn(element); all.length > 0; all = this.waitingIn(element)) {
      for (let end = performance.now() + BUSY_MS; all.length > 0;) {
        const part = all.splice(0, TOGETHER)
        flushSync(() => {
          for (const one of part) this.mount(one)
        })
        if (performance.now() < end) continue
        await nextFrame()
        end = performance.now() + BUSY_MS
      }
    }
  }

  private waitingIn(element: Element): Element[] {
    return [...this.waiting.keys()].filter((waiting) => element.contains(waiting))
  }

  private plan(): void {
    if (this.isPlanned || this.waiting.size === 0) return
    this.isPlanned = true
    requestIdleCallback(this.pass, { timeout: 500 })
  }

  private readonly pass = (): void => {
    this.isPlanned = false
    const end = performance.now() + SLICE_MS
    for (const element of this.waiting.keys()) {
      // else all of them would be drawn at once, when this has ended
      flushSync(() => {
        this.mount(element)
      })
      if (performance.now() > end) break
    }
    this.plan()
  }

  private mount(element: Element): void {
    const waiting = this.waiting.get(element)
    this.waiting.delete(element)
    waiting?.forget()
    waiting?.mount()
  }
}

const nextFrame = (): Promise<void> =>
  new Promise((resolve) => {
    requestAnimationFrame(() => {
      resolve()
    })
  })

let one: Mounting | undefined

/** The page's one. */
export const mounting = (): Mounting => (one ??= new Mounting())
