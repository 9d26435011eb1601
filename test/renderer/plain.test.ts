import { describe, expect, it } from 'vitest'
import { plainText } from '../../renderer/text/plain.ts'
import { ANSWERS } from './fake/values.ts'

describe('an answer as plain text', () => {
  it('keeps paragraphs and drops the marks of emphasis', () => {
    expect(plainText('# The sea\n\nIt is *deep*, **very** ~~so~~ `so`.\nAnd wide.\n\n---\n\nEnd.')).toBe(
      'The sea\n\nIt is deep, very so so.\nAnd wide.\n\n----------\n\nEnd.',
    )
  })

  it('writes lists with bullets and numbers, those inside of others further in', () => {
    expect(plainText('3. one\n4. two\n   - a\n     b\n   - c\n5. three')).toBe(
      '3. one\n4. two\n   • a\n     b\n   • c\n5. three',
    )
    expect(plainText('- one\n\n  more of it\n\n- two')).toBe('• one\n\n  more of it\n\n• two')
  })

  it('writes tables in columns of equal width', () => {
    expect(plainText(ANSWERS[1]!)).toContain(
      [
        'loop   when',
        '-----  -----------------------',
        'for    over known things',
        'while  until something is true',
      ].join('\n'),
    )
  })

  it('leaves code as it is, and says where links lead', () => {
    const text = plainText(ANSWERS[1]!)
    expect(text).toContain('for depth in range(1, 4):\n    # one pass of the shared block\n')
    expect(text).not.toContain('```')
    expect(text).toContain('See the tutorial (https://example.org/loops) for more.')
    expect(plainText('<https://example.org> ![a boat](https://example.org/boat.png)')).toBe(
      'https://example.org a boat (https://example.org/boat.png)',
    )
  })

  it('quotes what is quoted, line by line', () => {
    expect(plainText('> one\n> two\n>\n> - three')).toBe('> one\n> two\n>\n> • three')
  })

  it('takes text without Markdown as it is', () => {
    expect(plainText('2 < 3 & "so" on\nline')).toBe('2 < 3 & "so" on\nline')
    expect(plainText('')).toBe('')
  })
})
