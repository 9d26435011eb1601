import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BlockStream } from '../../renderer/text/blocks.ts'
import { SectionStream } from '../../renderer/text/sections.ts'
import { longAnswer } from './fake/rich.ts'

const sections = (text: string) => new SectionStream().update(text)

function html(text: string): string {
  const drawn = sections(text).map(({ start, text: part }) => new BlockStream(start).update(part))
  return drawn
    .flat()
    .map((block) => (block.kind === 'html' ? block.source : `<pre>${block.code}</pre>`))
    .join('')
}
const whole = (text: string): string =>
  new BlockStream()
    .update(text)
    .map((block) => (block.kind === 'html' ? block.source : `<pre>${block.code}</pre>`))
    .join('')

const PIECES = [
  'Some words.\n\n',
  '# Heading\n\n',
  '- an item\n- another\n\n  its second paragraph\n\n',
  '1. one\n   ```js\n   let a\n\n   let b\n   ```\n\n',
  '```py\n\nx = 1\n\ny = 2\n```\n\n',
  '> quoted\n> twice\n\n',
  '$$\na\n- b\n$$\n\n',
  '| a | b |\n|---|--:|\n| 1 | 2 |\n\n',
  '    indented\n\n',
  '---\n\n',
]

describe('sections of a long answer', () => {
  it('are one where it is short', () => {
    expect(sections('# A\n\nb')).toEqual([{ start: 0, text: '# A\n\nb', continued: false, lines: 3, breaks: [] }])
  })

  it('hold all of the text, and grow as if it had come at once', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...PIECES), { minLength: 40, maxLength: 90 }), (pieces) => {
        const stream = new SectionStream()
        let text = ''
        let last = stream.update('')
        for (const piece of pieces) {
          const next = stream.update((text += piece))
          if (last.length > 1) expect(next[0]).toBe(last[0])
          last = next
        }
        expect(last).toEqual(sections(text))
        expect(last.map((section) => section.text).join('')).toBe(text)
        expect(last.length).toBeGreaterThan(1)
      }),
      { numRuns: 50 },
    )
  })

  it('are drawn as the text would be as a whole', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...PIECES), { minLength: 40, maxLength: 90 }), (pieces) => {
        // neighbouring lists are one list, and may be cut
        const text = pieces.join('Between.\n\n')
        expect(html(text)).toBe(whole(text))
      }),
      { numRuns: 50 },
    )
  })

  it.each(['blocks', 'list', 'lines'])('are short whatever is long: %s', (kind) => {
    const cut = sections(longAnswer(kind, 20_000))
    expect(cut.length).toBeGreaterThan(100)
    expect(Math.max(...cut.map(({ text }) => text.length))).toBeLessThan(30_000)
    expect(cut[1]!.continued).toBe(kind !== 'blocks')
  })

  it('do not cut code', () => {
    expect(sections(longAnswer('code', 500))).toHaveLength(1)
  })
})
