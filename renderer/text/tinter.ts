import { DEPTH_STEPS, depthStep } from './depth.ts'
import type { Painter, Place } from './painter.ts'
import type { Segments } from './segments.ts'
import type { Shown, ShownText } from './shown.ts'
import { liveRange, rangeIn, shownIn } from './shown.ts'

interface Painted {
  element: Element
  shown: readonly Shown[]
  ranges: readonly [Highlight, AbstractRange][]
}

const DEPTHS = Array.from({ length: DEPTH_STEPS }, (_, step) => `depth-${step}`)
const ACTIVE = 'depth-active'

/**
 * Colours rendered Markdown by the depth of its tokens. What is in the page stays as it is: highlights are laid over
 * ranges of its text, so that a block is touched only when it is drawn itself.
 */
export class Tinter implements Painter {
  private readonly segments: () => Segments
  private readonly source: () => string
  private readonly maxDepth: number
  private readonly blocks = new Set<Painted>()
  private pointed: (() => void)[] = []

  /** @param source the Markdown, with lines that end with \n alone */
  constructor(source: () => string, segments: () => Segments, maxDepth: number) {
    this.source = source
    this.segments = segments
    this.maxDepth = maxDepth
  }

  paint(element: Element, { start, end }: Place): () => void {
    const shown = shownIn(element, this.source().slice(start, end), start)
    const ranges: [Highlight, AbstractRange][] = []
    for (const piece of shown) {
      if ('formula' in piece) piece.formula.classList.add(...this.formulaClass(piece))
      else ranges.push(...this.rangesOf(piece))
    }
    for (const [highlight, range] of ranges) highlight.add(range)
    const painted = { element, shown, ranges }
    this.blocks.add(painted)
    return () => {
      this.blocks.delete(painted)
      for (const [highlight, range] of ranges) highlight.delete(range)
      for (const piece of shown) if ('formula' in piece) piece.formula.classList.remove(...DEPTHS)
    }
  }

  /** Which segment is drawn at a point of the window. */
  at(x: number, y: number): number | null {
    const caret = document.caretPositionFromPoint(x, y)
    if (!caret) return null
    const node = caret.offsetNode
    for (const { element, shown } of this.blocks) {
      if (!element.contains(node)) continue
      for (const piece of shown) {
        if ('formula' in piece ? !piece.formula.contains(node) : piece.node !== node) continue
        // the caret may stand on either side of the character that is pointed at
        for (const offset of [caret.offset, caret.offset - 1]) {
          const into = 'formula' in piece ? 0 : offset - piece.from
          if (into < 0 || into >= piece.length) continue
          const index = this.segments().at(piece.source + into)
          if (this.boxes(index).some((box) => isIn(box, x, y))) return index
        }
      }
    }
    return null
  }

  /** Where a segment is drawn; nowhere if it is only markup, or not in the page. */
  boxes(index: number): DOMRect[] {
    return this.piecesOf(index).flatMap((piece) =>
      piece instanceof Element ? [piece.getBoundingClientRect()] : [...liveRange(piece).getClientRects()],
    )
  }

  /** Marks one segment, or none. */
  point(index: number | null): void {
    for (const undo of this.pointed) undo()
    this.pointed = (index === null ? [] : this.piecesOf(index)).map((piece) => {
      if (piece instanceof Element) {
        piece.classList.add('pointed')
        return () => {
          piece.classList.remove('pointed')
        }
      }
      const highlight = highlightOf(ACTIVE)
      highlight.add(piece)
      return () => {
        highlight.delete(piece)
      }
    })
  }

  /** The element that a segment begins in. */
  elementOf(index: number): Element | null {
    const [piece] = this.piecesOf(index)
    return piece instanceof Element ? piece : (piece?.startContainer.parentElement ?? null)
  }

  private piecesOf(index: number): (StaticRange | Element)[] {
    const [start, end] = [this.segments().start(index), this.segments().end(index)]
    const pieces: (StaticRange | Element)[] = []
    for (const { shown } of this.blocks) {
      if (!shown.some(({ source, length }) => source < end && source + length > start)) continue
      for (const piece of shown) {
        if (piece.source >= end || piece.source + piece.length <= start) continue
        if ('formula' in piece) pieces.push(piece.formula)
        else pieces.push(rangeIn(piece, Math.max(start, piece.source), Math.min(end, piece.source + piece.length)))
      }
    }
    return pieces
  }

  /** Neighbours of one colour are one range. */
  private rangesOf(piece: ShownText): [Highlight, AbstractRange][] {
    const segments = this.segments()
    const ranges: [Highlight, AbstractRange][] = []
    const end = piece.source + piece.length
    let open = { step: null as number | null, start: piece.source }
    for (let index = segments.at(piece.source); index <= segments.length; index++) {
      const start = Math.max(piece.source, segments.start(index))
      const over = index === segments.length || start >= end
      const step = this.stepOf(index)
      if (open.step === step && !over) continue
      if (open.step !== null)
        ranges.push([highlightOf(`depth-${open.step}`), rangeIn(piece, open.start, Math.min(start, end))])
      if (over) break
      open = { step, start }
    }
    return ranges
  }

  /** Of the deepest of its tokens. */
  private formulaClass({ source, length }: Shown): string[] {
    const segments = this.segments()
    let deepest = -1
    for (let index = segments.at(source); index < segments.length && segments.start(index) < source + length; index++) {
      deepest = Math.max(deepest, this.stepOf(index) ?? -1)
    }
    return deepest < 0 ? [] : [`depth-${deepest}`]
  }

  private stepOf(index: number): number | null {
    const depth = this.segments().depth(index)
    return depth === null ? null : depthStep(depth, this.maxDepth)
  }
}

function highlightOf(name: string): Highlight {
  let highlight = CSS.highlights.get(name)
  if (!highlight) {
    highlight = new Highlight()
    highlight.priority = name === ACTIVE ? 1 : 0
    CSS.highlights.set(name, highlight)
  }
  return highlight
}

function isIn({ left, right, top, bottom }: DOMRect, x: number, y: number): boolean {
  return x >= left && x <= right && y >= top && y <= bottom
}
