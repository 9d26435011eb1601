import { findHits } from '../../electron/contract/matching.ts'
import type { Finder } from '../state/finder.svelte.ts'

/** Names of the highlights in the style sheet. */
const [FOUND, CURRENT] = ['found', 'found-current']
/** Text of different blocks is not one word. */
const BLOCKS: ReadonlySet<string> = new Set([
  'p',
  'li',
  'td',
  'th',
  'pre',
  'h1',
  'h2',
  'h3',
  'h4',
  'h5',
  'h6',
  'blockquote',
  'dt',
  'dd',
])
const BLOCK = [...BLOCKS].join(', ')
/** Where a message has its text; a thought is not searched. */
const TEXT = '[data-message-text]'
const FORMULA = '.math[data-source]'

/** Where the terms stand in the text of a message as it is drawn. */
export function rangesIn(message: Element, terms: readonly string[]): Range[] {
  return Array.from(message.querySelectorAll(TEXT)).flatMap((element) => rangesInText(element, terms))
}

interface Read {
  node: Text | HTMLElement
  start: number
}

function rangesInText(element: Element, terms: readonly string[]): Range[] {
  const nodes: Read[] = []
  let text = ''
  let block: Element | null = null
  const read = (node: Text | HTMLElement, content: string, within: Element | null) => {
    if (within !== block && text !== '') text += '\n'
    block = within
    nodes.push({ node, start: text.length })
    text += content
  }
  walk(element, element.closest(BLOCK), read)
  let at = 0
  const placeOf = (offset: number, isEnd: boolean): [Node, number] => {
    const reaches = (next: number) => nodes[next] && (isEnd ? nodes[next].start < offset : nodes[next].start <= offset)
    while (reaches(at + 1)) at += 1
    const { node, start } = nodes[at]!
    if (node instanceof Element) return [node, isEnd ? node.childNodes.length : 0]
    return [node, Math.min(offset - start, node.nodeValue!.length)]
  }
  return findHits(text, terms).map(([start, end]) => {
    const range = document.createRange()
    range.setStart(...placeOf(start, false))
    range.setEnd(...placeOf(end, true))
    return range
  })
}

/** Text, and formulas: each counts as the source that it was typeset from, and as a whole. No search upwards: an answer may have 20,000 blocks. */
function walk(
  element: Element,
  block: Element | null,
  read: (node: Text | HTMLElement, content: string, block: Element | null) => void,
): void {
  for (let child = element.firstChild; child; child = child.nextSibling) {
    if (child instanceof Text) read(child, child.data, block)
    else if (!(child instanceof Element)) continue
    else if (child instanceof HTMLElement && child.matches(FORMULA)) read(child, child.dataset['source'] ?? '', block)
    else walk(child, BLOCKS.has(child.localName) ? child : block, read)
  }
}

/** Scrolls to the `nth` hit in a message, or to its last, or to the message where none is drawn. */
export function scrollToHit(message: Element, terms: readonly string[], nth: number): void {
  message.scrollIntoView({ block: 'center' })
  const ranges = rangesIn(message, terms)
  const range = ranges[nth] ?? ranges.at(-1)
  const scroller = message.closest('.scroller')
  if (!range || !scroller) return
  const [hit, box] = [range.getBoundingClientRect(), scroller.getBoundingClientRect()]
  scroller.scrollTop += hit.top - box.top - box.height / 2
  const wide = range.startContainer.parentElement?.closest('pre, .table')
  wide?.scrollTo({ left: Math.max(0, wide.scrollLeft + hit.left - wide.getBoundingClientRect().left - 80) })
}

/** An attachment that keeps the hits in a list of messages marked, as far as they are in the page. */
export function marks(finding: () => Finder | null) {
  return (list: HTMLElement): (() => void) => {
    let frame = 0
    const finder = finding()
    if (!finder || finder.terms.length === 0 || !('highlights' in CSS)) return clear
    const { current, terms } = finder
    const draw = () => {
      const found: Range[] = []
      const here: Range[] = []
      for (const message of list.querySelectorAll<HTMLElement>('[data-message-id]')) {
        const ranges = rangesIn(message, terms)
        const isCurrent = current !== null && Number(message.dataset['messageId']) === current.messageId
        const one = isCurrent ? (ranges[current.nth] ?? ranges.at(-1)) : undefined
        for (const range of ranges) (range === one ? here : found).push(range)
      }
      lay(FOUND, found, 2)
      lay(CURRENT, here, 3)
    }
    const changed = new MutationObserver(() => {
      cancelAnimationFrame(frame)
      frame = requestAnimationFrame(draw)
    })
    changed.observe(list, { childList: true, subtree: true, characterData: true })
    draw()
    return () => {
      cancelAnimationFrame(frame)
      changed.disconnect()
      clear()
    }
  }
}

/** Over the colours of the text, which have the priorities 0 and 1. */
function lay(name: string, ranges: readonly Range[], priority: number): void {
  const highlight = new Highlight(...ranges)
  highlight.priority = priority
  CSS.highlights.set(name, highlight)
}

function clear(): void {
  CSS.highlights.delete(FOUND)
  CSS.highlights.delete(CURRENT)
}
