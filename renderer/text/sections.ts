import { closesFence, FENCE } from './fences.ts'

/** A place in a section that cannot be divided, where what is shown of it may end for now. */
export interface Break {
  /** In characters from where the section begins. */
  at: number
  /** So many lines lie before it. */
  line: number
}

/** A stretch of Markdown that is parsed and drawn by itself. */
export interface Section {
  /** Where it begins in the text, whose lines end with \n alone. */
  start: number
  text: string
  /** It goes on with the list or the paragraph that the section before it ends with. */
  continued: boolean
  lines: number
  breaks: readonly Break[]
}

/** A section ends between two blocks once it has so many lines or characters. */
const LINES = 40
const CHARACTERS = 8000
/** And within a long list or paragraph after so many times as much. */
const WITHIN = 3
/** A line that is no code ends after so many characters, in sections of their own. */
const LONG_LINE = 16_000
/** Of what cannot be divided, as a table, so many lines or characters are shown at first. Code is not counted. */
const UNDIVIDED = { lines: 400, characters: 40_000 }
/** A formula that has not ended after so many lines is none. */
const FORMULA_LINES = 100

const ITEM = /^(?:[-*+]|\d{1,9}[.)])[ \t]+\S/
const PROSE = /^[\p{L}\p{N}"'“‘(][^|]*$/u

/** Text as sections count its characters. */
export const withPlainLineEnds = (text: string): string => text.replace(/\r\n?/g, '\n')

/**
 * Markdown that grows, cut into sections. Where they end depends on what stands before and on that line alone, so that
 * a section never changes when a later one has begun. Short texts are one section; each is Markdown on its own, for
 * reference links are off.
 */
export class SectionStream {
  private text = ''
  private sections: Section[] = []
  private start = 0
  private continued = false
  private scanned = 0
  private lines = 0
  private fence: { mark: string; indent: number; inList: boolean } | null = null
  private mathEnd: string | null = null
  private mathLines = 0
  private before = ''
  private inList = false
  private breaks: Break[] = []
  private weight = { lines: 0, characters: 0 }

  /** The sections of `text`; those unchanged since the last call are the same objects. */
  update(source: string): readonly Section[] {
    const text = source.includes('\r') ? withPlainLineEnds(source) : source
    if (!text.startsWith(this.text)) this.reset()
    this.text = text
    const last = this.sections.pop()
    for (;;) {
      const end = text.indexOf('\n', this.scanned)
      if (!this.fence && (end < 0 ? text.length : end) - this.scanned > LONG_LINE) {
        this.divide(pieceEnd(text, this.scanned))
        continue
      }
      if (end < 0) break
      this.scan(text.slice(this.scanned, end))
      this.scanned = end + 1
      this.weigh()
    }
    const tail = this.section(text.length)
    const same = last?.start === tail.start && last.text === tail.text
    this.sections = [...this.sections, same ? last : tail]
    return this.sections
  }

  /** Ends the section within a line. */
  private divide(at: number): void {
    this.before = this.text.slice(this.scanned, at).trim()
    this.scanned = at
    this.mathEnd = null
    this.cut(true)
  }

  /** Counts the line before `scanned`. */
  private weigh(): void {
    if (this.fence || this.before === '') return
    const { lines, characters } = UNDIVIDED
    this.weight.lines++
    this.weight.characters += this.before.length
    if (this.weight.lines < lines && this.weight.characters < characters) return
    this.weight = { lines: 0, characters: 0 }
    this.breaks = [...this.breaks, { at: this.scanned - this.start, line: this.lines }]
  }

  private scan(line: string): void {
    const blank = line.trim() === ''
    if (this.isInside(line, blank)) {
      this.lines++
      this.before = line
      return
    }
    const isFence = FENCE.exec(line)
    if (!blank) {
      const item = ITEM.test(line)
      const flush = /^\S/.test(line)
      if (this.before === '' && flush && !item && this.isFull(1)) this.cut(false)
      else if (item && this.inList && this.isFull(WITHIN)) this.cut(true)
      else if (!this.inList && PROSE.test(this.before) && PROSE.test(line) && this.isFull(WITHIN)) this.cut(true)
      if (item) this.inList = true
      else if (flush && this.before === '') this.inList = false
    }
    if (isFence) this.fence = { mark: isFence[2]!, indent: isFence[1]!.length, inList: this.inList }
    else this.openMath(line)
    this.lines++
    this.before = blank ? '' : line
  }

  /** Whether the line is one of code or of a formula; ends either where it does. */
  private isInside(line: string, blank: boolean): boolean {
    if (this.mathEnd !== null) {
      if (blank || line.includes(this.mathEnd) || ++this.mathLines >= FORMULA_LINES) this.mathEnd = null
      return !blank
    }
    if (!this.fence) return false
    const { mark, indent, inList } = this.fence
    const left = inList && indent > 0 && !blank && line.search(/\S/) < indent
    if (left) this.fence = null
    else if (closesFence(line, mark)) this.fence = null
    return !left
  }

  private openMath(line: string): void {
    const opener = line.trimStart().slice(0, 2)
    const closer = { $$: '$$', '\\[': '\\]' }[opener]
    if (closer !== undefined && !line.includes(closer, line.indexOf(opener) + 2)) {
      this.mathEnd = closer
      this.mathLines = 0
    }
  }

  private isFull(times: number): boolean {
    return this.lines >= times * LINES || this.scanned - this.start >= times * CHARACTERS
  }

  private cut(continued: boolean): void {
    this.sections.push(this.section(this.scanned))
    this.start = this.scanned
    this.continued = continued
    this.lines = 0
    this.breaks = []
    this.weight = { lines: 0, characters: 0 }
    if (!continued) this.inList = false
  }

  private section(end: number): Section {
    const { start, continued, breaks } = this
    const rest = end > this.scanned ? 1 : 0
    return { start, text: this.text.slice(start, end), continued, lines: this.lines + rest, breaks }
  }

  private reset(): void {
    Object.assign(this, { text: '', sections: [], start: 0, continued: false, scanned: 0, lines: 0 })
    Object.assign(this, { fence: null, mathEnd: null, before: '', inList: false })
    Object.assign(this, { breaks: [], weight: { lines: 0, characters: 0 } })
  }
}

/** About how high a section will be, in CSS pixels: what scrolls is as long before it is drawn as after. */
export function heightOf(text: string): number {
  return text.split('\n').reduce((sum, line) => sum + (line === '' ? 14 : 26 * Math.ceil(line.length / 95)), 0)
}

/** Where a line that is too long and begins at `from` ends: after a space before a word, as near to the most as there is one. */
function pieceEnd(text: string, from: number): number {
  const most = from + LONG_LINE
  for (let at = most; at > from + LONG_LINE / 2; at--)
    if (text[at - 1] === ' ' && /[\p{L}\p{N}]/u.test(text[at]!)) return at
  // not between the halves of a character
  return /[\uDC00-\uDFFF]/.test(text[most]!) ? most - 1 : most
}
