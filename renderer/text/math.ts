import type { MarkdownIt } from 'markdown-it'

/** TeX in a text: where its source ends, and what is between its delimiters. */
export interface Found {
  end: number
  tex: string
  display: boolean
  /** Its end has not been written: the source is shown as it stands. */
  open: boolean
}

const CLOSERS: Readonly<Record<string, string>> = { '\\(': '\\)', '\\[': '\\]', $$: '$$' }
const DIGITS_THEN_WORDS = /^\d[\d.,]*[\s-]+[\p{L}]{2,}[^\\^_=+{}]*$/u

/** TeX that begins at `start`: `\(…\)`, `\[…\]`, `$$…$$`, or `$…$` by Pandoc's rules, so that amounts of money are text. */
export function findMath(source: string, start: number): Found | null {
  const opener = source.slice(start, start + 2)
  const closer = CLOSERS[opener]
  if (closer === undefined) return source[start] === '$' ? findDollars(source, start) : null
  const from = start + 2
  const at = find(source, closer, from)
  const display = opener !== '\\('
  if (at >= 0) {
    const tex = source.slice(from, at).trim()
    return tex === '' ? null : { end: at + 2, tex, display, open: false }
  }
  if (opener === '$$') return null
  const lineEnd = display ? -1 : source.indexOf('\n', from)
  const end = lineEnd < 0 ? source.length : lineEnd
  return { end, tex: source.slice(from, end), display, open: true }
}

function findDollars(source: string, start: number): Found | null {
  if (/[\p{L}\d$]/u.test(source[start - 1] ?? '') || !/\S/.test(source[start + 1] ?? '')) return null
  const end = find(source, '$', start + 1)
  const tex = end < 0 ? '' : source.slice(start + 1, end)
  if (tex === '' || /\s$|[\n`]/.test(tex) || /[\p{L}\d$]/u.test(source[end + 1] ?? '')) return null
  return DIGITS_THEN_WORDS.test(tex) ? null : { end: end + 1, tex, display: false, open: false }
}

/** Where `closer` stands that is not itself escaped. */
function find(source: string, closer: string, from: number): number {
  for (let at = source.indexOf(closer, from); at >= 0; at = source.indexOf(closer, at + 1)) {
    let slashes = 0
    while (at - slashes > from && source[at - slashes - 1] === '\\') slashes++
    if (slashes % 2 === 0) return at
  }
  return -1
}

/** Adds TeX to Markdown. What it gives is an element with class `math` that holds the source; `typeset` puts the formula there. */
export function withMath(markdown: MarkdownIt): void {
  markdown.inline.ruler.before('escape', 'math', (state, silent) => {
    const found = findMath(state.src.slice(0, state.posMax), state.pos)
    if (!found) return false
    if (!silent) {
      const token = state.push('math', '', 0)
      token.content = state.src.slice(state.pos, found.end)
      token.meta = { found }
    }
    state.pos = found.end
    return true
  })
  markdown.block.ruler.before(
    'fence',
    'math_block',
    (state, startLine, endLine, silent) => {
      const begin = state.bMarks[startLine]! + state.tShift[startLine]!
      const opener = state.src.slice(begin, begin + 2)
      if ((opener !== '$$' && opener !== '\\[') || state.sCount[startLine]! - state.blkIndent >= 4) return false
      let line = startLine + 1
      // whether it ends the paragraph before it is said by its first line alone: that paragraph never comes back
      while (!silent && line < endLine && !state.isEmpty(line) && state.sCount[line]! >= state.blkIndent) line++
      const source = state.getLines(startLine, line, state.blkIndent, false).trim()
      const closed = find(source, CLOSERS[opener]!, 2) >= 0
      const unclosed = { end: source.length, tex: source.slice(2), display: true, open: true }
      const found = closed ? findMath(source, 0) : unclosed
      if (!found || source.slice(found.end).split('\n')[0]!.trim() !== '') return false
      const lines = source.slice(0, found.end).split('\n').length
      if (silent) return true
      const token = state.push('math_block', '', 0)
      token.block = true
      token.content = source.slice(0, found.end)
      token.map = [startLine, startLine + lines]
      token.meta = { found }
      state.line = startLine + lines
      return true
    },
    { alt: ['paragraph', 'reference', 'blockquote', 'list'] },
  )
  const { escapeHtml } = markdown.utils
  const rendered = (tag: string, source: string, { tex, display, open }: Found): string => {
    const kind = `math${display ? ' display' : ''}`
    const data = open ? '' : ` data-tex="${escapeHtml(tex)}"`
    return `<${tag} class="${kind}"${data}>${escapeHtml(source)}</${tag}>`
  }
  markdown.renderer.rules['math'] = (tokens, index) =>
    rendered('span', tokens[index]!.content, tokens[index]!.meta?.['found'] as Found)
  markdown.renderer.rules['math_block'] = (tokens, index) =>
    `${rendered('div', tokens[index]!.content, tokens[index]!.meta?.['found'] as Found)}\n`
}
