import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Difference } from '../../renderer/text/differences.ts'
import { differencesOf } from '../../renderer/text/differences.ts'

const without = (kind: Difference['kind'], all: readonly Difference[]): string =>
  all.map((part) => (part.kind === kind ? '' : part.text)).join('')

const said = (before: string, after: string): string[] =>
  differencesOf(before, after)!.map(({ kind, text }) => `${{ same: '', added: '+', removed: '-' }[kind]}${text}`)

describe('differences of two texts', () => {
  it('are whole words, what was removed before what was added', () => {
    expect(said('The sky is blue.', 'The sky looks blue.')).toEqual(['The sky ', '-is', '+looks', ' blue.'])
    expect(said('one two', 'one two three')).toEqual(['one two', '+ three'])
    expect(said('', 'new')).toEqual(['+new'])
    expect(said('same', 'same')).toEqual(['same'])
  })

  it('are one where next to nothing is shared between them', () => {
    expect(said('red light of noon', 'blue waves of dusk')).toEqual(['-red light of noon', '+blue waves of dusk'])
    expect(said('red light everywhere, noon', 'blue light everywhere, dusk')).toEqual([
      '-red',
      '+blue',
      ' light everywhere, ',
      '-noon',
      '+dusk',
    ])
  })

  it('are found in any script', () => {
    expect(said('Небо синее.', 'Небо серое.')).toEqual(['Небо ', '-синее', '+серое', '.'])
    expect(said('天空是蓝色的今天很好', '天空是灰色的今天很好').length).toBeGreaterThan(2)
  })

  it('give both texts back, whatever they are', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'bc', ' ', '\n', '.', 'word', 'é', '字', '👍🏽'), maxLength: 60 })
    fc.assert(
      fc.property(text, text, (before, after) => {
        const all = differencesOf(before, after)!
        expect(without('added', all)).toBe(before)
        expect(without('removed', all)).toBe(after)
      }),
    )
  })
})
