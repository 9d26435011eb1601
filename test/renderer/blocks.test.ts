import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Block } from '../../renderer/text/blocks.ts'
import { BlockStream } from '../../renderer/text/blocks.ts'

const PIECES = [
  'word',
  ' ',
  '\n',
  '\n\n',
  '\n\n\n',
  '    ',
  '  ',
  '# ',
  '#',
  '- ',
  '-',
  '* ',
  '1. ',
  '2) ',
  '> ',
  '>',
  '```',
  '```js\n',
  '~~~\n',
  '`',
  '*',
  '**',
  '_',
  '|',
  '| a | b |\n',
  '|---|---|\n',
  '---\n',
  '===\n',
  '[x](https://example.org)',
  '[x]: https://example.org\n',
  '![i](https://example.org/i.png)',
  '<b>',
  '\\',
  '\t',
  '\r\n',
  '\r',
  '\u0000',
  '👋',
  '&amp;',
  '$',
  '$$',
  '\\[',
  '\\]',
  '\\(',
  '- [x] ',
]

const FORMULAS = [
  'word',
  '\n',
  '\n\n',
  '# ',
  '- ',
  '> ',
  '```js\n',
  '|---|\n',
  '---\n',
  '\r',
  '$',
  '$$',
  '$$\n',
  '\\[',
  '\\]',
]

const atOnce = (text: string): readonly Block[] => new BlockStream().update(text)

describe('markdown that grows', () => {
  it.each([
    ['of every kind', PIECES],
    ['of formulas', FORMULAS],
  ])('ends as the same blocks as when it comes at once: pieces %s', (_, some) => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...some), { maxLength: 40 }), (pieces) => {
        const stream = new BlockStream()
        let text = ''
        let blocks = stream.update('')
        for (const piece of pieces) blocks = stream.update((text += piece))
        expect(blocks).toEqual(atOnce(text))
      }),
      { numRuns: 1500 },
    )
  })

  it('is the same at every point on the way', () => {
    const text = 'One\n#two\n\n- a\n- b\n\n  c\n\n```py\nx = 1\n```\n\n| a |\n|---|\n| 1 |\n\n> q\nlazy\n\n# End'
    const stream = new BlockStream()
    for (let end = 0; end <= text.length; end++) {
      expect(stream.update(text.slice(0, end))).toEqual(atOnce(text.slice(0, end)))
    }
  })

  it('ends a paragraph where a formula begins, which may be followed by words', () => {
    const sources = (text: string) => atOnce(text).map((block) => block.kind === 'html' && block.source)
    const before = '<p>So:</p>\n'
    expect(sources('So:\n\\[\na\n')).toEqual([before, '<div class="math display">\\[\na</div>\n'])
    const formula = '<span class="math display" data-tex="a">\\[\na\n\\]</span>'
    expect(sources('So:\n\\[\na\n\\], and\n')).toEqual([before, `<p>${formula}, and</p>\n`])
    expect(sources('So:\n\\[a\\], and\n')).toHaveLength(1)
  })

  it('keeps blocks that did not change as the same objects', () => {
    const stream = new BlockStream()
    const before = stream.update('First.\n\nSecond.\n\nThi')
    const after = stream.update('First.\n\nSecond.\n\nThird, longer')
    expect(after[0]).toBe(before[0])
    expect(after[1]).toBe(before[1])
    expect(after[2]).not.toEqual(before[2])
  })

  it('starts again where the text is another one', () => {
    const stream = new BlockStream()
    stream.update('# A\n\nb\n\nc')
    expect(stream.update('other')).toEqual(atOnce('other'))
  })

  it('knows when a code block is closed', () => {
    const closed = (text: string) => atOnce(text).map((block) => block.kind === 'code' && block.closed)
    expect(closed('```js\nlet a')).toEqual([false])
    expect(closed('```js\nlet a\n``')).toEqual([false])
    expect(closed('```js\nlet a\n```')).toEqual([true])
    expect(closed('````\n```\n')).toEqual([false])
    expect(closed('```')).toEqual([false])
  })

  it('stays quick on hostile text', () => {
    const hostile = [
      '> '.repeat(5000),
      '- '.repeat(5000),
      '['.repeat(20_000),
      '*'.repeat(20_000),
      'x'.repeat(1_000_000),
    ]
    const start = performance.now()
    for (const text of hostile) atOnce(text)
    expect(performance.now() - start).toBeLessThan(5000)
  })
})
