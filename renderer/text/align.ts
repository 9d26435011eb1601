/** A stretch of rendered text that stands in the source as it is. */
export interface Run {
  /** Where it begins in the rendered text. */
  from: number
  /** Where it begins in the source. */
  source: number
  length: number
}

const LINK_ADDRESS = /\]\((?:<[^<>\n]*>|(?:[^()\s]|\([^()\s]*\))+)(?:\s+(?:"[^"\n]*"|'[^'\n]*'))?\)/g
const RULE_OF_TABLE = /^[ \t>]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$/gm
const ENTITY = /&#?\w{1,31};/y
/** No further ahead is a word looked for alone. */
const WINDOW = 400

/**
 * Finds rendered texts in the Markdown that they were made from, one after another. Markup is passed over; escapes,
 * entities and the beginnings of lines in lists and quotations are seen through.
 */
export class Aligner {
  private readonly source: string
  private next = 0

  constructor(source: string) {
    const blank = (hidden: string) => '\0'.repeat(hidden.length)
    // what is never seen must not be taken for what is
    this.source = source.replace(LINK_ADDRESS, blank).replace(RULE_OF_TABLE, blank)
  }

  /** Where `text`, rendered after all that was asked for before, comes from; empty where that cannot be told. */
  find(text: string): Run[] {
    if (this.source.startsWith(text, this.next)) return this.take([{ from: 0, source: this.next, length: text.length }])
    const whole = this.search(text, this.source.length)
    if (whole) return this.take(whole)
    const runs: Run[] = []
    for (const { 0: word, index } of text.matchAll(/\s*\S+/g)) {
      const found = this.search(word, Math.min(this.source.length, this.next + WINDOW))
      if (found) runs.push(...this.take(found).map((run) => ({ ...run, from: run.from + index })))
    }
    return runs
  }

  private take(runs: Run[]): Run[] {
    const last = runs.at(-1)
    if (last) this.next = last.source + last.length
    return runs
  }

  private search(text: string, limit: number): Run[] | null {
    const first = text[0]!
    const starts = new RegExp(/\s/.test(first) ? '[\\s&]' : `[${first.replace(/[\\\]^-]/, '\\$&')}&]`, 'g')
    for (starts.lastIndex = this.next; ;) {
      const start = starts.exec(this.source)
      if (!start || start.index >= limit) return null
      const runs = this.match(text, start.index)
      if (runs) return runs
    }
  }

  /** `text` at `at`, through escapes and the like; null where it does not stand there. */
  private match(text: string, at: number): Run[] | null {
    const runs: Run[] = []
    let source = at
    for (let from = 0; from < text.length;) {
      let length = 0
      while (from + length < text.length && this.source[source + length] === text[from + length]) length++
      if (length > 0) runs.push({ from, source, length })
      from += length
      source += length
      if (from >= text.length) break
      const passed = this.pass(text[from]!, source)
      if (!passed) return null
      if (passed.seen > 0) runs.push({ from, source, length: passed.seen })
      from += passed.seen
      source += passed.by
    }
    return runs
  }

  /** What of the source is not seen before `char`: how long it is, and how many characters it gave. */
  private pass(char: string, at: number): { by: number; seen: number } | null {
    const { source } = this
    if (source[at] === '\\' && source[at + 1] === char) return { by: 1, seen: 0 }
    // an ampersand may have been taken for itself
    for (const start of [at, at - 1]) {
      ENTITY.lastIndex = start
      const entity = source[start] === '&' ? ENTITY.exec(source) : null
      if (entity) return { by: start + entity[0].length - at, seen: start === at ? 1 : 0 }
    }
    if (char === '\n' && (source[at] === ' ' || source[at] === '\\')) return { by: 1, seen: 0 }
    const beginsLine = /^[ \t>]*$/.test(source.slice(source.lastIndexOf('\n', at - 1) + 1, at))
    if (beginsLine && /[ \t>]/.test(source[at] ?? '')) return { by: 1, seen: 0 }
    if (char === ' ' && source[at] === '\n') return { by: 1, seen: 1 }
    return null
  }
}
