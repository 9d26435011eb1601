import { topLevel } from './blocks.ts'
import { markdown } from './markdown.ts'

type Tokens = ReturnType<typeof markdown.parse>
type Token = Tokens[number]

const RULE = '----------'

/**
 * What Markdown says, as text that is read without it: no marks of emphasis, lists with bullets and numbers, tables in
 * columns of equal width, the address of a link behind its words.
 */
export function plainText(source: string): string {
  return blocks(markdown.parse(source, {})).join('\n\n')
}

/** Each block's lines; blocks stand apart by an empty line. */
function blocks(tokens: Tokens): string[] {
  return topLevel(tokens)
    .map(block)
    .filter((text) => text !== '')
}

function block(group: Tokens): string {
  const first = group[0]!
  const inside = group.slice(1, -1)
  switch (first.type) {
    case 'bullet_list_open':
      return list(inside, () => '• ')
    case 'ordered_list_open': {
      const start = Number(first.attrGet('start') ?? 1)
      return list(inside, (index) => `${start + index}. `)
    }
    case 'blockquote_open':
      return indented(blocks(inside).join('\n\n'), '> ', '> ')
    case 'table_open':
      return table(inside)
    case 'fence':
    case 'code_block':
      return first.content.trimEnd()
    case 'hr':
      return RULE
    default:
      return first.nesting === 1 ? blocks(inside).join('\n\n') : inline(first)
  }
}

function list(tokens: Tokens, mark: (index: number) => string): string {
  const items = topLevel(tokens).map((item, index) => {
    const paragraphs = topLevel(item.slice(1, -1))
    // the paragraphs of a tight list are hidden, and its parts follow each other line by line
    const tight = paragraphs.every(([first]) => first!.hidden || first!.type.endsWith('list_open'))
    const text = paragraphs.map(block).join(tight ? '\n' : '\n\n')
    const sign = mark(index)
    return { text: indented(text, sign, ' '.repeat(sign.length)), tight }
  })
  return items.map(({ text }) => text).join(items.every(({ tight }) => tight) ? '\n' : '\n\n')
}

function table(tokens: Tokens): string {
  const rows: { cells: string[]; head: boolean }[] = []
  const sides: string[] = []
  tokens.forEach((token, index) => {
    if (token.type === 'tr_open') rows.push({ cells: [], head: false })
    if (token.type !== 'th_open' && token.type !== 'td_open') return
    const row = rows.at(-1)!
    row.head ||= token.type === 'th_open'
    sides[row.cells.length] = String(token.attrGet('style') ?? '')
    row.cells.push(inline(tokens[index + 1]!).replaceAll('\n', ' '))
  })
  const widths = rows.reduce<number[]>(
    (widest, { cells }) => cells.map((cell, column) => Math.max(widest[column] ?? 0, width(cell))),
    [],
  )
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => aligned(cell, widths[column]! - width(cell), sides[column]!))
      .join('  ')
      .trimEnd()
  return rows
    .flatMap(({ cells, head }) => (head ? [line(cells), line(widths.map((wide) => '-'.repeat(wide)))] : [line(cells)]))
    .join('\n')
}

function aligned(cell: string, room: number, side: string): string {
  if (side.endsWith('right')) return ' '.repeat(room) + cell
  const before = side.endsWith('center') ? Math.floor(room / 2) : 0
  return ' '.repeat(before) + cell + ' '.repeat(room - before)
}

function inline(token: Token): string {
  if (!token.children) return token.content
  let text = ''
  const links: { address: string; from: number }[] = []
  for (const child of token.children) {
    if (child.type === 'link_open') links.push({ address: String(child.attrGet('href') ?? ''), from: text.length })
    else if (child.type === 'link_close') {
      const { address, from } = links.pop()!
      const words = text.slice(from)
      if (words !== address && `mailto:${words}` !== address) text += ` (${address})`
    } else if (child.type === 'softbreak' || child.type === 'hardbreak') text += '\n'
    else if (child.type === 'task_box') text += child.meta?.['done'] === true ? '☑ ' : '☐ '
    else if (child.type === 'image') text += imageText(child)
    else text += child.content
  }
  return text
}

function imageText(image: Token): string {
  const address = String(image.attrGet('src') ?? '')
  return image.content === '' ? address : `${image.content} (${address})`
}

function indented(text: string, first: string, rest: string): string {
  return text
    .split('\n')
    .map((line, index) => `${index === 0 ? first : rest}${line}`.trimEnd())
    .join('\n')
}

/** In characters as a person counts them. */
const width = (text: string): number => Array.from(text).length
