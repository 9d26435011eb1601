import { flushSync } from 'svelte'

/** Milliseconds at a time for what is out of sight. */
const SLICE_MS = 8

/**
 * Lets what is near sight be drawn at once and the rest bit by bit while nothing else is to be done, so that all of a
 * long answer is there in the end, to be found and copied.
 */
class Mounting {
  private readonly waiting = new Map<Element, () => void>()
  private readonly near = new IntersectionObserver(
    (entries) => {
      for (const { isIntersecting, target } of entries) if (isIntersecting) this.mount(target)
    },
    { rootMargin: '1000px', scrollMargin: '1000px' },
  )
  private isPlanned = false

  /** `mount` is called once, unless what this gives back is called before. */
  wait(element: Element, mount: () => void): () => void {
    this.waiting.set(element, mount)
    this.near.observe(element)
    this.plan()
    return () => {
      this.waiting.delete(element)
      this.near.unobserve(element)
    }
  }

  /** Lets all in `element` be drawn now. */
  drawIn(element: Element): void {
    flushSync(() => {
      for (const waiting of [...this.waiting.keys()]) if (element.contains(waiting)) this.mount(waiting)
    })
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
    const mount = this.waiting.get(element)
    this.waiting.delete(element)
    this.near.unobserve(element)
    mount?.()
  }
}

let one: Mounting | undefined

/** The page's one. */
export const mounting = (): Mounting => (one ??= new Mounting())
