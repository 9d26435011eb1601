import { describe, expect, it } from 'vitest'
import { denseLayersOf } from '../../models/convert/initialisation.ts'

/** Six layers in two recursions of three, and in three of two. */
const CYCLE = [[0, 3], [1, 4], [2, 5]] // prettier-ignore
const SEQUENCE = [[0, 1], [2, 3], [4, 5]] // prettier-ignore
const MIDDLE_CYCLE = [[1, 3, 5], [2, 4, 6]] // prettier-ignore

describe('the dense layers that a shared layer is made of', () => {
  it.each([
    ['lower', CYCLE, [[0], [1], [2]]],
    ['lower', SEQUENCE, [[0], [1], [2]]],
    ['lower', MIDDLE_CYCLE, [[1], [2]]],
    ['upper', CYCLE, [[3], [4], [5]]],
    ['upper', SEQUENCE, [[3], [4], [5]]],
    ['upper', MIDDLE_CYCLE, [[5], [6]]],
    ['average', CYCLE, CYCLE],
    ['average', SEQUENCE, SEQUENCE],
    // the half between goes to the even layer, as in the authors' code
    ['stepwise', CYCLE, [[0], [2], [5]]],
    ['stepwise', SEQUENCE, [[0], [2], [5]]],
    ['stepwise', MIDDLE_CYCLE, [[1], [6]]],
    ['stepwise', [[0, 1, 2]], [[0]]],
  ] as const)('%s of %j', (initialisation, tied, expected) => {
    expect(denseLayersOf(initialisation, tied)).toEqual(expected)
  })

  it('are the first, the last and some at even steps of a large model', () => {
    const tied = Array.from({ length: 9 }, (_, i) => [i, i + 9])
    expect(denseLayersOf('stepwise', tied).flat()).toEqual([0, 2, 4, 6, 8, 11, 13, 15, 17])
  })
})
