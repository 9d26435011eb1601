import type { MarkdownIt } from 'markdown-it'
import { words } from '../language/language.svelte.ts'

const BOX = /^\[([ xX])\]\s+/

/** Adds task lists to Markdown: `- [x] done`, with boxes that cannot be ticked. */
export function withTasks(markdown: MarkdownIt): void {
  markdown.core.ruler.after('inline', 'tasks', ({ tokens, Token }) => {
    for (const [index, item] of tokens.entries()) {
      const inline = tokens[index + 2]
      const text = inline?.type === 'inline' ? inline.children?.[0] : undefined
      if (item.type !== 'list_item_open' || text?.type !== 'text') continue
      const box = BOX.exec(text.content)
      if (!box) continue
      text.content = text.content.slice(box[0].length)
      item.attrJoin('class', 'task')
      const token = new Token('task_box', 'input', 0)
      token.meta = { done: box[1] !== ' ' }
      inline!.children!.unshift(token)
    }
  })
  markdown.renderer.rules['task_box'] = (tokens, index) => {
    const done = tokens[index]!.meta?.['done'] === true
    return `<input type="checkbox" disabled${done ? ' checked' : ''} aria-label="${done ? words().text.done : words().text.toDo}"> `
  }
}
