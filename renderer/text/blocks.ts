import { closesFence } from './fences.ts'
import { markdown } from './markdown.ts'
import type { Place } from './painter.ts'
import { withPlainLineEnds } from './sections.ts'
import { trusted } from './trusted.ts'

type Tokens = ReturnType<typeof markdown.parse>

/** `source` is `html` as a plain string. */
export interface HtmlBlock extends Place {
  kind: 'html'
  source: string
  html: string
}

/** `closed` once its text cannot grow any more. */
export interface Code extends Place {
  kind: 'code'
  code: string
  /** Where the code itself begins in the text. */
  codeStart: number
  language: string
  closed: boolean
}

/** A top-level piece of an answer. */
export type Block = HtmlBlock | Code

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
  private parsed: Parsed | null = null
  private readonly offset: number
  private open: OpenCode | null = null

  /** @param offset where its text begins in the answer */
  constructor(offset = 0) {
    this.offset = offset
  }

  /** The blocks of `text`; those unchanged since the last call are the same objects. */
  update(source: string): readonly Block[] {
    const text = source.includes('\r') ? withPlainLineEnds(source) : source
    if (!text.startsWith(this.text)) this.reset()
    this.text = text
    const code = this.open?.grown(text)
    if (code) {
      this.blocks = this.kept([...this.settled, code])
      return this.blocks
    }
    const wholeLines = text.lastIndexOf('\n') + 1
    if (wholeLines > this.settledLines) this.settle(wholeLines)
    const tail = this.parse(text.length)
    this.blocks = this.kept([...this.settled, ...tail.groups.map((group) => tail.render(group))])
    this.open = OpenCode.in(this.blocks.slice(this.settled.length), text, this.offset)
    return this.blocks
  }

  /** With the same objects for what has not changed. */
  private kept(blocks: Block[]): Block[] {
    const before = this.blocks
    return blocks.map((block, index) => (same(block, before[index]) ? before[index]! : block))
  }

  private settle(wholeLines: number): void {
    this.settledLines = wholeLines
    const tail = this.parse(wholeLines)
    const last = tail.groups.at(-1)
    if (tail.groups.length < 2 || !last) return
    for (const group of tail.groups.slice(0, -1)) this.settled.push(tail.render(group))
    this.settledEnd += tail.lineStart(last[0]!.map?.[0] ?? 0)
  }

  /** From what is settled to `end`. */
  private parse(end: number): Parsed {
    const source = this.text.slice(this.settledEnd, end)
    if (this.parsed?.source !== source || this.parsed.offset !== this.offset + this.settledEnd)
      this.parsed = new Parsed(source, this.offset + this.settledEnd)
    return this.parsed
  }

  private reset(): void {
    this.open = null
    this.settled = []
    this.settledEnd = 0
    this.settledLines = 0
  }
}

/** Code at the end of a text whose end has not been written: no more is read of it than what is new. */
class OpenCode {
  private readonly code: Code
  private readonly offset: number
  private readonly mark: string
  private scanned: number

  private constructor(code: Code, offset: number, mark: string, scanned: number) {
    this.code = code
    this.offset = offset
    this.mark = mark
    this.scanned = scanned
  }

  /** @param offset where `text` begins in the answer. @returns null where `blocks` are not such code alone, or it is indented */
  static in([code, ...others]: readonly Block[], text: string, offset: number): OpenCode | null {
    if (code?.kind !== 'code' || code.closed || others.length > 0) return null
    // a line with a | may become the head of a table
    const mark = /^(`{3,}|~{3,})[^|]*$/.exec(text.slice(code.start - offset, code.codeStart - offset))?.[1]
    const begun = text[code.codeStart - offset - 1] === '\n'
    return mark !== undefined && begun ? new OpenCode(code, offset, mark, text.lastIndexOf('\n') + 1) : null
  }

  /** The code with all of `text`, which begins as before; null where it may have ended. */
  grown(text: string): Code | null {
    for (let end = text.indexOf('\n', this.scanned); end >= 0; end = text.indexOf('\n', this.scanned)) {
      if (closesFence(text.slice(this.scanned, end), this.mark)) return null
      this.scanned = end + 1
    }
    if (closesFence(text.slice(this.scanned), this.mark)) return null
    // a last line is none as long as it has only spaces
    const last = /^[ \t]+$/.test(text.slice(this.scanned)) ? this.scanned : text.length
    const code = text.slice(this.code.codeStart - this.offset, last).replaceAll('\0', '\uFFFD')
    const end = this.offset + text.trimEnd().length
    return { ...this.code, code, end }
  }
}

/** A stretch of a text, parsed. */
class Parsed {
  readonly groups: readonly Tokens[]
  readonly source: string
  readonly offset: number
  private readonly lineStarts: number[] = [0]

  /** @param offset where it begins in the text */
  constructor(source: string, offset: number) {
    this.source = source
    this.offset = offset
    this.groups = topLevel(markdown.parse(source, {}))
    for (let at = source.indexOf('\n'); at >= 0; at = source.indexOf('\n', at + 1)) this.lineStarts.push(at + 1)
  }

  lineStart(line: number): number {
    return this.lineStarts[line] ?? this.source.length
  }

  render(group: Tokens): Block {
    const first = group[0]!
    const [line, lineEnd] = first.map ?? [0, 0]
    if (first.type === 'fence') {
      const language = first.info.trim().split(/\s+/)[0] ?? ''
      const closed = this.isClosed(first)
      const codeStart = this.offset + this.lineStart(line + 1)
      return { kind: 'code', code: first.content, codeStart, language, closed, ...this.place(line, lineEnd) }
    }
    const html = markdown.renderer.render(group, markdown.options, {})
    return { kind: 'html', source: html, html: trusted(html), ...this.place(line, lineEnd) }
  }

  private place(line: number, lineEnd: number): Place {
    const start = this.lineStart(line)
    const length = this.source.slice(start, this.lineStart(lineEnd)).trimEnd().length
    return { start: this.offset + start, end: this.offset + start + length }
  }

  private isClosed({ map, markup }: Tokens[number]): boolean {
    const [start, end] = map ?? [0, 0]
    const lastLine = this.source.slice(this.lineStart(end - 1), this.lineStart(end))
    return end > start + 1 && closesFence(lastLine, markup)
  }
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

function same(a: Block, b: Block | undefined): boolean {
  if (a === b) return true
  if (a.start !== b?.start || a.end !== b.end) return false
  if (a.kind === 'html') return b.kind === 'html' && a.source === b.source
  if (b.kind !== 'code' || a.codeStart !== b.codeStart) return false
  return a.code === b.code && a.language === b.language && a.closed === b.closed
}
