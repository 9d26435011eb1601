import type { MarkdownIt } from 'markdown-it'
import { words } from '../language/language.svelte.ts'

const ALIGNED = /^text-align:(left|center|right)$/

/** Tables in a box that scrolls, aligned by classes: the page allows no inline styles. */
export function withTables(markdown: MarkdownIt): void {
  const { rules } = markdown.renderer
  rules['table_open'] = () =>
    `<div class="table" role="region" aria-label="${words().text.table}" tabindex="0"><table>\n`
  rules['table_close'] = () => '</table></div>\n'
  for (const cell of ['th_open', 'td_open']) {
    rules[cell] = (tokens, index, options, _env, self) => {
      const token = tokens[index]!
      const side = ALIGNED.exec(String(token.attrGet('style') ?? ''))?.[1]
      token.attrs = side === undefined ? null : [['class', `align-${side}`]]
      return self.renderToken(tokens, index, options)
    }
  }
}
