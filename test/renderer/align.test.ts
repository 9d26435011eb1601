import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Aligner } from '../../renderer/text/align.ts'

/** Where each text is found in `source`, as stretches of it. */
function found(source: string, ...texts: string[]): string[][] {
  const aligner = new Aligner(source)
  return texts.map((text) =>
    aligner.find(text).map((run) => `${run.source}:${source.slice(run.source, run.source + run.length)}`),
  )
}

describe('rendered text in its Markdown', () => {
  it('is found through emphasis and beside addresses of links', () => {
    expect(found('a **b** [c](http://d.example "d") d', 'a ', 'b', ' ', 'c', ' d')).toEqual([
      ['0:a '],
      ['4:b'],
      ['7: '],
      ['9:c'],
      ['33: d'],
    ])
  })

  it('is seen through escapes and entities', () => {
    expect(found('x \\* y &amp; z', 'x * y & z')).toEqual([['0:x ', '3:* y &', '12: z']])
  })

  it('is seen through entities that look like nothing of it', () => {
    expect(found('a &lt;b&gt;', 'a <b>')).toEqual([['0:a ', '2:&', '6:b', '7:&']])
  })

  it('goes on over the beginnings of lines in quotations', () => {
    expect(found('> one\n> two', 'one', '\ntwo')).toEqual([['2:one'], ['5:\n', '8:two']])
  })

  it('of a table is not found in its rule', () => {
    expect(found('| a | - |\n|---|:-:|\n| - | b |', 'a', '-', '-', 'b').at(2)).toEqual(['22:-'])
  })

  it('that is made up is nowhere, and what follows is found', () => {
    expect(found('![cat](http://x.example/cat.png) and', 'cat (image)', ' and')).toEqual([['2:cat'], ['32: and']])
  })

  it('is whole where the source has no markup', () => {
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^[a-z ]{1,8}$/), { minLength: 1, maxLength: 20 }), (texts) => {
        const aligner = new Aligner(texts.join(''))
        let at = 0
        for (const text of texts) {
          expect(aligner.find(text)).toEqual([{ from: 0, source: at, length: text.length }])
          at += text.length
        }
      }),
    )
  })
})
