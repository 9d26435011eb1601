/** An attachment that tells when an element comes near to what is in sight of the scrolling element around it. */
export function whenNear(tell: () => void, margin = 800) {
  return (element: Element): (() => void) => {
    const observer = new IntersectionObserver(
      (entries) => {
        if (entries.some(({ isIntersecting }) => isIntersecting)) tell()
      },
      { root: element.parentElement, rootMargin: `${margin}px` },
    )
    observer.observe(element)
    return () => {
      observer.disconnect()
    }
  }
}
