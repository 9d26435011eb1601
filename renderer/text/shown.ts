import { Aligner } from './align.ts'

/** A stretch of a text node, and where it comes from in the source. */
export interface ShownText {
  node: Text
  from: number
  source: number
  length: number
}

/** What is in the page of the source; a formula counts as a whole. */
export type Shown = ShownText | { formula: Element; source: number; length: number }

/** What `element` shows of the `source` that it was made from, which begins at `start`. */
export function shownIn(element: Element, source: string, start: number): Shown[] {
  const aligner = new Aligner(source)
  const shown: Shown[] = []
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT, (node) =>
    node.parentElement?.closest('.math') ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_ACCEPT,
  )
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (node instanceof HTMLElement && node.classList.contains('math')) {
      const runs = aligner.find(node.dataset['source'] ?? node.textContent)
      const last = runs.at(-1)
      if (!last) continue
      const from = runs[0]!.source
      shown.push({ formula: node, source: start + from, length: last.source + last.length - from })
    } else if (node instanceof Text && (node.data.trim() !== '' || !node.data.includes('\n'))) {
      for (const run of aligner.find(node.data)) shown.push({ node, ...run, source: start + run.source })
    }
  }
  return shown
}

/** Not kept up to date when the page changes, which would cost more than all else. */
export function rangeIn({ node, from, source }: ShownText, start: number, end: number): StaticRange {
  const offset = from - source
  const [startOffset, endOffset] = [start + offset, end + offset]
  return new StaticRange({ startContainer: node, startOffset, endContainer: node, endOffset })
}

export function liveRange({ startContainer, startOffset, endContainer, endOffset }: StaticRange): Range {
  const range = document.createRange()
  range.setStart(startContainer, startOffset)
  range.setEnd(endContainer, endOffset)
  return range
}
