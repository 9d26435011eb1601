import { markdown } from './markdown.ts'
import { trusted } from './trusted.ts'

type Tokens = ReturnType<typeof markdown.parse>

/** A top-level piece of an answer. */
export type Block =
  /** `source` is `html` as a plain string. */
  | { kind: 'html'; source: string; html: string }
  /** `closed` once its text cannot grow any more. */
  | { kind: 'code'; code: string; language: string; closed: boolean }

/**
 * Markdown that grows. A block is settled when a later one has begun on whole lines; from then on it is never parsed
 * or rendered again, so that a frame costs no more than the last block.
 */
export class BlockStream {
  private text = ''
  private settled: Block[] = []
  private blocks: Block[] = []
  private settledEnd = 0
  private settledLines = 0

  /** The blocks of `text`; those unchanged since the last call are the same objects. */
  update(source: string): readonly Block[] {
    const text = source.replace(/\r\n?/g, '\n')
    if (!text.startsWith(this.text)) this.reset()
    this.text = text
    const wholeLines = text.lastIndexOf('\n') + 1
    if (wholeLines > this.settledLines) this.settle(wholeLines)
    const before = this.blocks
    this.blocks = [...this.settled, ...renderAll(text.slice(this.settledEnd))].map((block, index) =>
      same(block, before[index]) ? before[index]! : block,
    )
    return this.blocks
  }

  private settle(wholeLines: number): void {
    this.settledLines = wholeLines
    const tail = this.text.slice(this.settledEnd, wholeLines)
    const groups = topLevel(markdown.parse(tail, {}))
    const last = groups.at(-1)
    if (groups.length < 2 || !last) return
    this.settled.push(...groups.slice(0, -1).map((group) => render(group, tail)))
    this.settledEnd += lineOffset(tail, startLine(last))
  }

  private reset(): void {
    this.settled = []
    this.settledEnd = 0
    this.settledLines = 0
  }
}

function renderAll(source: string): Block[] {
  return topLevel(markdown.parse(source, {})).map((group) => render(group, source))
}

/** Tokens with those inside of them, group by group. */
export function topLevel(tokens: Tokens): Tokens[] {
  const groups: Tokens[] = []
  let depth = 0
  for (const token of tokens) {
    if (depth === 0) groups.push([])
    groups.at(-1)!.push(token)
    depth += token.nesting
  }
  return groups
}

function render(group: Tokens, source: string): Block {
  const first = group[0]!
  if (first.type === 'fence') {
    const language = first.info.trim().split(/\s+/)[0] ?? ''
    return { kind: 'code', code: first.content, language, closed: isClosed(first, source) }
  }
  const html = markdown.renderer.render(group, markdown.options, {})
  return { kind: 'html', source: html, html: trusted(html) }
}

function same(a: Block, b: Block | undefined): boolean {
  if (a === b) return true
  if (a.kind === 'html') return b?.kind === 'html' && a.source === b.source
  return b?.kind === 'code' && a.code === b.code && a.language === b.language && a.closed === b.closed
}

function isClosed(fence: Tokens[number], source: string): boolean {
  const [start, end] = fence.map ?? [0, 0]
  const lastLine = source.slice(0, lineOffset(source, end)).trimEnd().split('\n').at(-1) ?? ''
  return end > start + 1 && new RegExp(`^ {0,3}${fence.markup}${fence.markup[0] ?? ''}*\\s*$`).test(lastLine)
}

function startLine(group: Tokens): number {
  return group[0]?.map?.[0] ?? 0
}

/** Where line number `line` begins. */
function lineOffset(source: string, line: number): number {
  let offset = 0
  for (let passed = 0; passed < line; passed++) {
    const end = source.indexOf('\n', offset)
    if (end < 0) return source.length
    offset = end + 1
  }
  return offset
}
