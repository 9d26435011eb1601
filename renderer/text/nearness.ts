/** So far above and below what is in sight, in pixels. */
const MARGIN = '1000px'

interface Watch {
  observer: IntersectionObserver
  watched: Map<Element, (near: boolean) => void>
}

/** By what scrolls: its margin is not clipped by what lies around it. */
const watches = new WeakMap<Element | Document, Watch>()

/** Tells, from a frame later on, whether an element is near to what is in sight, and each time that changes. @returns how to stop watching */
export function watchNearness(element: Element, tell: (near: boolean) => void): () => void {
  const { observer, watched } = watchOf(element.closest('[data-scroller]') ?? document)
  watched.set(element, tell)
  observer.observe(element)
  return () => {
    watched.delete(element)
    observer.unobserve(element)
  }
}

function watchOf(root: Element | Document): Watch {
  const known = watches.get(root)
  if (known) return known
  const watched: Watch['watched'] = new Map()
  const observer = new IntersectionObserver(
    (entries) => {
      for (const { isIntersecting, target } of entries) watched.get(target)?.(isIntersecting)
    },
    { root, rootMargin: MARGIN, scrollMargin: MARGIN },
  )
  const watch = { observer, watched }
  watches.set(root, watch)
  return watch
}
