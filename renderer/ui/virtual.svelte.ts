import { Measured, offsetsOf, piecesOf, rowsBetween } from './windowing.ts'

/** So much above and below what is in sight is in the page too, in pixels; so much more of it joins in one frame. */
const [BEYOND, STEP] = [900, 300]
/** In sight before the list has been laid out. */
const UNKNOWN_HEIGHT = 600

interface Rows {
  /** In order, each its own. */
  keys: () => readonly number[]
  /** Height of a row that has not been in the page yet, in pixels. */
  estimate: (index: number) => number
  /** Keys of rows that stay in the page wherever they are. */
  keep?: () => Iterable<number>
}

/**
 * Which rows of a long list are in the page: those in sight and some around them. Rows are measured while they are in
 * the page; what is in sight is kept in its place by the browser's scroll anchoring.
 */
export class VirtualRows {
  private readonly rows: Rows
  private readonly measured = new Measured()
  private sizes: ResizeObserver | null = null
  private scroller: HTMLElement | null = null
  private frame = 0
  private news = $state(0)
  private top = $state(0)
  private height = $state(UNKNOWN_HEIGHT)
  private beyond = $state(0)
  private kept = $state.raw<readonly number[]>([])

  private readonly keys = $derived.by(() => this.rows.keys())
  private readonly offsets = $derived.by(() => {
    const { keys, measured, news, rows } = this
    return offsetsOf(news < 0 ? 0 : keys.length, (index) => measured.of(keys[index]!) ?? rows.estimate(index))
  })
  private readonly range = $derived.by(() => {
    const top = Math.min(this.top, Math.max(0, this.offsets.at(-1)! - this.height))
    return rowsBetween(this.offsets, top - this.beyond, top + this.height + this.beyond)
  })
  /** The rows in the page, with the height of what is left out before each, and after the last. */
  readonly shown = $derived.by(() => {
    const kept = this.kept.length === 0 ? [] : this.kept.map((key) => this.keys.indexOf(key))
    return piecesOf(this.offsets, this.range, kept)
  })

  constructor(rows: Rows) {
    this.rows = rows
  }

  /** An attachment for the element that scrolls. */
  readonly scrolls = (element: HTMLElement): (() => void) => {
    this.scroller = element
    const resized = new ResizeObserver(() => {
      this.height = element.clientHeight
    })
    resized.observe(element)
    const onscroll = () => {
      this.scrolled(element.scrollTop)
    }
    element.addEventListener('scroll', onscroll, { passive: true })
    this.widen()
    return () => {
      resized.disconnect()
      cancelAnimationFrame(this.frame)
      element.removeEventListener('scroll', onscroll)
      this.scroller = null
    }
  }

  /** An attachment for the element of a row. */
  readonly row = (key: number) => (element: HTMLElement) => {
    this.sizes ??= new ResizeObserver((entries) => {
      this.measure(entries)
    })
    this.measured.add(element, key)
    this.sizes.observe(element)
    return () => {
      this.measured.remove(element)
      this.sizes?.unobserve(element)
    }
  }

  /** The end of the list will be in sight. */
  toEnd(): void {
    this.jump(Infinity)
  }

  /** A row will be in sight: where it is, once the page has been brought up to date. */
  toRow(key: number): void {
    const index = this.keys.indexOf(key)
    if (index >= 0) this.jump(Math.max(0, this.offsets[index]! - this.height / 2))
  }

  private jump(top: number): void {
    this.beyond = 0
    this.top = top
    this.widen()
  }

  private scrolled(top: number): void {
    if (Math.abs(top - this.top) > this.height + this.beyond) this.beyond = 0
    const kept = [...(this.rows.keep?.() ?? [])]
    if (kept.length > 0 || this.kept.length > 0) this.kept = kept
    this.top = top
    this.widen()
  }

  /** What is not in sight joins little by little, so that no frame is long. */
  private widen(): void {
    if (this.beyond >= BEYOND || !this.scroller) return
    cancelAnimationFrame(this.frame)
    this.frame = requestAnimationFrame(() => {
      this.beyond += STEP
      this.widen()
    })
  }

  private measure(entries: readonly ResizeObserverEntry[]): void {
    const changed = entries.filter(({ target, borderBoxSize }) =>
      this.measured.note(target, borderBoxSize[0]?.blockSize ?? 0),
    )
    if (changed.length > 0) this.news += 1
  }
}
