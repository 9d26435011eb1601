const NEAR = 64

/** Keeps a scrolling element at its end while it grows, for as long as the person has not scrolled away from there. */
export class StickyEnd {
  private element: HTMLElement | null = null
  private lastTop = 0
  private stuck = true
  private occasion = ''
  atEnd = $state(true)

  /** An attachment for the scrolling element, whose only child grows. */
  readonly attach = (element: HTMLElement): (() => void) => {
    this.element = element
    const grown = new ResizeObserver(() => {
      if (this.stuck) this.jump()
      else this.look()
    })
    grown.observe(element)
    for (const child of element.children) grown.observe(child)
    const onscroll = () => {
      this.scrolled()
    }
    const onwheel = ({ deltaY }: WheelEvent) => {
      if (deltaY < 0 && element.scrollTop > 0) this.stuck = false
    }
    element.addEventListener('scroll', onscroll, { passive: true })
    element.addEventListener('wheel', onwheel, { passive: true })
    return () => {
      grown.disconnect()
      element.removeEventListener('scroll', onscroll)
      element.removeEventListener('wheel', onwheel)
      this.element = null
    }
  }

  /** Goes to the end at each new occasion; tells whether this is one. */
  follow(occasion: string): boolean {
    if (occasion === this.occasion) return false
    this.occasion = occasion
    this.toEnd()
    return true
  }

  toEnd(): void {
    this.stuck = true
    this.jump()
  }

  /** Goes to the start and stays there, until there is an occasion to follow. */
  toStart(): void {
    this.stuck = false
    this.occasion = ''
    if (this.element) this.element.scrollTop = 0
    this.lastTop = 0
    this.look()
  }

  /** The person wants to see something else. */
  release(): void {
    this.stuck = false
  }

  private jump(): void {
    if (!this.element) return
    this.element.scrollTop = this.element.scrollHeight
    this.lastTop = this.element.scrollTop
    this.look()
  }

  private scrolled(): void {
    const top = this.element?.scrollTop ?? 0
    if (top < this.lastTop - 1) this.stuck = this.distance() < 2
    else if (this.distance() <= NEAR) this.stuck = this.occasion !== ''
    this.lastTop = top
    this.look()
  }

  private look(): void {
    this.atEnd = this.distance() <= NEAR
  }

  private distance(): number {
    const element = this.element
    return element ? element.scrollHeight - element.scrollTop - element.clientHeight : 0
  }
}
