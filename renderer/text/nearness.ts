/** So far above and below what is in sight, in pixels. */
const MARGIN = '1000px'

let observer: IntersectionObserver | undefined
const watched = new Map<Element, (near: boolean) => void>()

/** Tells, from a frame later on, whether an element is near to what is in sight, and each time that changes. @returns how to stop watching */
export function watchNearness(element: Element, tell: (near: boolean) => void): () => void {
  observer ??= new IntersectionObserver(
    (entries) => {
      for (const { isIntersecting, target } of entries) watched.get(target)?.(isIntersecting)
    },
    { rootMargin: MARGIN, scrollMargin: MARGIN },
  )
  watched.set(element, tell)
  observer.observe(element)
  return () => {
    watched.delete(element)
    observer?.unobserve(element)
  }
}
