import { describe, expect, it, vi } from 'vitest'
import { BlockStream } from '../../renderer/text/blocks.ts'
import { chaptersOf } from '../../renderer/text/chapters.ts'
import { CodePieceStream } from '../../renderer/text/code-pieces.ts'
import { excerptOf } from '../../renderer/text/excerpt.ts'
import { markdown } from '../../renderer/text/markdown.ts'
import { SectionStream } from '../../renderer/text/sections.ts'
import { longAnswer } from './fake/rich.ts'

const sections = (text: string) => new SectionStream().update(text)
const shown = (text: string) => sections(text).map((section) => excerptOf(section, 1))
const nested = (mark: string, count: number) => Array.from({ length: count }, (_, i) => mark.repeat(i + 1)).join('\n')

const HOSTILE: Readonly<Record<string, string>> = {
  'quotes 10,000 deep': '>'.repeat(10_000) + ' deep',
  'quotes that go 600 deep, line by line': nested('> ', 600),
  'lists 10,000 deep': '- '.repeat(10_000),
  'lists that go 400 deep, line by line': Array.from({ length: 400 }, (_, i) => `${'  '.repeat(i)}- x`).join('\n'),
  'a million backticks': '`'.repeat(1_000_000),
  'a million tildes': '~'.repeat(1_000_000),
  '100,000 [': '['.repeat(100_000),
  '100,000 ![](': '![]('.repeat(100_000),
  '100,000 *': '*'.repeat(100_000),
  '100,000 $': '$'.repeat(100_000),
  '100,000 \\(': '\\('.repeat(100_000),
  '100,000 $x$': '$x$ '.repeat(100_000),
  'a formula of a million characters': `$$\n${'x^{2} '.repeat(160_000)}\n$$`,
  'a formula of 20,000 lines': `$$\n${'+ x^2\n'.repeat(20_000)}`,
  'a table of 100,000 cells': `${'|a'.repeat(10)}|\n${'|-'.repeat(10)}|\n${`${'|1'.repeat(10)}|\n`.repeat(10_000)}`,
  'a table of 10,000 columns': `${'|a'.repeat(10_000)}|\n${'|-'.repeat(10_000)}|\n`,
  'a word of a million letters': 'x'.repeat(1_000_000),
  'a paragraph of a million letters': 'word '.repeat(200_000),
  'an item with 20,000 lines': `- a\n${'  b | c\n'.repeat(20_000)}`,
  '20,000 indented lines': '    code\n'.repeat(20_000),
  '20,000 entities in a line': '&amp;'.repeat(20_000),
  'surrogates alone': '\uD83D'.repeat(50_000),
  'halves of characters at every place': 'a' + '👋'.repeat(50_000),
}

describe('hostile answers', () => {
  it.each(Object.keys(HOSTILE))('are cut into pieces that are no work: %s', (kind) => {
    const text = HOSTILE[kind]!
    const all = sections(text)
    expect(all.map((section) => section.text).join('')).toBe(text)
    for (const part of shown(text)) expect(part.text.length).toBeLessThan(60_000)
    for (const chapter of chaptersOf(all)) expect(chapter.sections.length).toBeLessThan(40)
  })

  it.each(Object.keys(HOSTILE))('become few elements, not deep in each other: %s', (kind) => {
    // one section is drawn at a time
    for (const { text } of shown(HOSTILE[kind]!).slice(0, 3)) {
      const html = new BlockStream().update(text).map((block) => (block.kind === 'html' ? block.source : ''))
      let [elements, depth, deepest] = [0, 0, 0]
      for (const [tag] of html.join('').matchAll(/<\/?[a-z][^>]*>/g)) {
        if (!tag.startsWith('</')) elements++
        if (/^<(?:br|hr|input)/.test(tag)) continue
        depth += tag.startsWith('</') ? -1 : 1
        deepest = Math.max(deepest, depth)
      }
      expect(elements).toBeLessThan(25_000)
      expect(deepest).toBeLessThan(210)
    }
  })

  it('never split a character', () => {
    for (const { text } of sections(HOSTILE['halves of characters at every place']!))
      expect(text.isWellFormed()).toBe(true)
  })
})

describe('what cannot be divided', () => {
  it('is shown in parts, each with twice as much', () => {
    const table = sections(longAnswer('table', 5000))
    expect(table).toHaveLength(1)
    const parts = [1]
    for (let next = excerptOf(table[0]!, 1).next; next; next = excerptOf(table[0]!, next.parts).next)
      parts.push(next.parts)
    expect(parts).toEqual([1, 6, 12, 24])
    expect(excerptOf(table[0]!, 1)).toMatchObject({ lines: 400, next: { lines: 2400 } })
    expect(excerptOf(table[0]!, 24)).toEqual({ text: table[0]!.text, lines: 5002, next: null })
  })

  it('is shown whole as long as it is short, and where nothing but empty lines is left', () => {
    for (const text of [longAnswer('table', 300), `${longAnswer('table', 398)}\n\n`, longAnswer('code', 20_000)])
      expect(shown(text).every(({ next }) => next === null)).toBe(true)
  })
})

describe('the work of an answer that is being written', () => {
  /** Characters given to the parser, for each of the text, while it comes in so many pieces. */
  function parsed(text: string, pieces = 400): number {
    const parse = vi.spyOn(markdown, 'parse')
    const stream = new SectionStream()
    const blocks = new Map<number, BlockStream>()
    for (let piece = 1; piece <= pieces; piece++) {
      const all = stream.update(text.slice(0, Math.ceil((text.length * piece) / pieces)))
      // those before do not change, and are not drawn again
      for (const section of all.slice(-3)) {
        if (!blocks.has(section.start)) blocks.set(section.start, new BlockStream(section.start))
        blocks.get(section.start)!.update(excerptOf(section, 1).text)
      }
    }
    const characters = parse.mock.calls.reduce((sum, [source]) => sum + source.length, 0)
    parse.mockRestore()
    return characters / text.length
  }

  it.each(['blocks', 'list', 'lines', 'paragraph', 'table', 'code'])('does not grow with its length: %s', (kind) => {
    const [short, long] = [1000, 4000].map((count) => parsed(longAnswer(kind, count), count / 10))
    expect(long!).toBeLessThan(1.5 * short! + 1)
    expect(long!).toBeLessThan(40)
  })
})

describe('long code', () => {
  const lines = longAnswer('code', 1000)

  it('is cut at ends of lines, none of which is lost', () => {
    const pieces = new CodePieceStream().update(lines)
    expect(pieces.length).toBe(6)
    expect(pieces.map(({ text }) => text).join('\n')).toBe(lines)
    for (const { start, text } of pieces) expect(lines.startsWith(text, start)).toBe(true)
  })

  it('grows as if it had come at once, and keeps the pieces that are done', () => {
    const stream = new CodePieceStream()
    let before = stream.update('')
    for (let end = 0; end <= lines.length; end += 977) {
      const now = stream.update(lines.slice(0, end))
      expect(now).toEqual(new CodePieceStream().update(lines.slice(0, end)))
      if (before.length > 1) expect(now[0]).toBe(before[0])
      before = now
    }
  })

  it('is cut within a line that is too long', () => {
    const pieces = new CodePieceStream().update(`a\n${'x'.repeat(100_000)}\nb`)
    expect(Math.max(...pieces.map(({ text }) => text.length))).toBeLessThanOrEqual(16_000)
    expect(pieces.reduce((sum, { text }) => sum + text.length, 0)).toBeGreaterThanOrEqual(100_002)
  })
})
