import { describe, expect, it } from 'vitest'
import { depthStep, legendDepths } from '../../renderer/text/depth.ts'
import type { Segments } from '../../renderer/text/segments.ts'
import { segmentsOf, SegmentStream } from '../../renderer/text/segments.ts'
import { averageBudget, mergeTokens, recordedOf, storedTokens } from '../../renderer/text/tokens.ts'
import { generation, message } from './fake/values.ts'

const token = (text: string, depth = 1, budget = 50) => ({ text, depth, budget })
const answer = (text: string, lengths: number[], depths: number[]) =>
  message({
    id: 2,
    conversationId: 1,
    role: 'assistant',
    text,
    generation: generation({ lengths, depths, budget: 60, budgetChanges: [{ token: 2, budget: 20 }] }),
  })

describe('tokens of a kept answer', () => {
  it('have their text, depth and the budget that was in force', () => {
    expect(storedTokens(answer('Hello world', [5, 1, 5], [1, 3, 2]))).toEqual([
      { text: 'Hello', depth: 1, budget: 60 },
      { text: ' ', depth: 3, budget: 60 },
      { text: 'world', depth: 2, budget: 20 },
    ])
  })

  it('tell one by one, and on average, the budget that was in force', () => {
    const kept = answer('Hello world', [5, 1, 5], [1, 3, 2])
    const tokens = storedTokens(kept)
    expect(tokens.map((_, index) => recordedOf(kept, index))).toEqual(
      tokens.map(({ depth, budget }) => ({ depth, budget })),
    )
    expect(recordedOf(kept, 3)).toBeNull()
    expect(averageBudget(kept.generation!)).toBeCloseTo((60 + 60 + 20) / 3)
  })

  it('are none where nothing was recorded', () => {
    expect(storedTokens(message({ id: 1, conversationId: 1, role: 'user', text: 'Hi' }))).toEqual([])
  })
})

describe('tokens that arrive', () => {
  const known = [token('a'), token('b')]

  it('are added in order, and again does no harm', () => {
    expect(mergeTokens(known, 2, [token('c')])).toHaveLength(3)
    expect(mergeTokens(known, 1, [token('b'), token('c')])).toEqual([...known, token('c')])
    expect(mergeTokens(known, 0, [token('a')])).toEqual(known)
  })

  it('are refused after a gap', () => {
    expect(mergeTokens(known, 3, [token('d')])).toBeNull()
  })
})

describe('segments for colouring', () => {
  const told = (segments: Segments) =>
    Array.from({ length: segments.length }, (_, index) => [
      segments.end(index),
      segments.token(index),
      segments.depth(index),
    ])

  it('let a token without text join the one that completes its character', () => {
    const tokens = [token('a', 1), token('', 2), token('', 3), token('👋', 2), token('b', 1)]
    expect(told(new SegmentStream().update(tokens))).toEqual([
      [1, 0, 1],
      [3, 3, 2],
      [4, 4, 1],
    ])
  })

  it('hold the whole text of a message, recorded or not', () => {
    const segments = segmentsOf(answer('Hello world!', [5, 1, 5], [1, 3, 2]))
    expect(told(segments).at(-1)).toEqual([12, 3, null])
    expect(told(segmentsOf(answer('Hello', [5, 1, 5], [1, 3, 2])))).toEqual([[5, 0, 1]])
  })

  it('grow as they would have come at once', () => {
    const tokens = Array.from({ length: 300 }, (_, index) => token(index % 7 === 0 ? '' : `t${index}`, (index % 3) + 1))
    const stream = new SegmentStream()
    for (let end = 1; end < tokens.length; end++) stream.update(tokens.slice(0, end))
    expect(stream.update(tokens)).toEqual(new SegmentStream().update(tokens))
  })

  it('start again where there are fewer tokens than before', () => {
    const stream = new SegmentStream()
    stream.update([token('a'), token('b'), token('c')])
    expect(told(stream.update([token('xy')]))).toEqual([[2, 0, 1]])
  })

  it('are found by a character of the text, whose lines end with one', () => {
    const segments = new SegmentStream().update([token('ab\r'), token('\nc'), token('d')])
    expect([0, 1, 2, 3, 4, 5].map((offset) => segments.at(offset))).toEqual([0, 0, 0, 1, 2, 3])
    expect([segments.start(1), segments.end(1)]).toEqual([3, 4])
  })
})

describe('the colour scale', () => {
  it('runs from the first to the last step whatever the depth of the model', () => {
    expect([1, 2, 3].map((depth) => depthStep(depth, 3))).toEqual([0, 3, 5])
    expect([1, 32].map((depth) => depthStep(depth, 32))).toEqual([0, 5])
    expect(depthStep(1, 1)).toBe(0)
    expect([0, 9].map((depth) => depthStep(depth, 3))).toEqual([0, 5])
  })

  it('names few depths one by one and of many the ends and the middle', () => {
    expect(legendDepths(3)).toEqual([1, 2, 3])
    expect(legendDepths(32)).toEqual([1, 17, 32])
    expect(legendDepths(1)).toEqual([1])
  })
})
