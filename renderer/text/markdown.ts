import MarkdownIt from 'markdown-it'
import { words } from '../language/language.svelte.ts'
import { withMath } from './math.ts'
import { withTables } from './tables.ts'
import { withTasks } from './lists.ts'

const SAFE_LINK = /^(?:https?:\/\/|mailto:)/i

/**
 * Markdown of a model: raw HTML is text, links lead to the web or to mail only, images are never loaded.
 * Reference links are off, so that no block depends on one that comes later.
 */
export const markdown = new MarkdownIt({ html: false, linkify: false, breaks: true })
markdown.disable('reference')
markdown.validateLink = (url) => SAFE_LINK.test(url.trim())

withMath(markdown)
withTasks(markdown)
withTables(markdown)

const { rules } = markdown.renderer

rules['link_open'] = (tokens, index, options, _env, self) => {
  const link = tokens[index]!
  link.attrSet('title', String(link.attrGet('href') ?? ''))
  link.attrSet('target', '_blank')
  link.attrSet('rel', 'noopener noreferrer')
  return self.renderToken(tokens, index, options)
}

rules['fence'] = rules['code_block'] = (tokens, index) => {
  const { content, info } = tokens[index]!
  const { escapeHtml } = markdown.utils
  const language = info.trim().split(/\s+/)[0] ?? ''
  const code = `<code data-language="${escapeHtml(language)}">${escapeHtml(content)}</code>`
  return `<div class="code"><pre tabindex="0" role="region" aria-label="${words().text.code}">${code}</pre></div>\n`
}

for (const name of ['bullet_list_open', 'ordered_list_open', 'blockquote_open']) {
  rules[name] = (tokens, index, options, _env, self) => {
    tokens[index]!.attrSet('dir', 'auto')
    return self.renderToken(tokens, index, options)
  }
}

rules['image'] = (tokens, index, options, env, self) => {
  const image = tokens[index]!
  const { escapeHtml } = markdown.utils
  const address = String(image.attrGet('src') ?? '')
  const name = self.renderInlineAsText(image.children ?? [], options, env).trim()
  const label = escapeHtml(name === '' ? address : `${name} (image)`)
  const insideLink = tokens.slice(0, index).reduce((depth, { type }) => depth + linkStep(type), 0) > 0
  if (insideLink) return label
  return `<a href="${escapeHtml(address)}" title="${escapeHtml(address)}" target="_blank" rel="noopener noreferrer">${label}</a>`
}

function linkStep(type: string): number {
  if (type === 'link_open') return 1
  return type === 'link_close' ? -1 : 0
}
