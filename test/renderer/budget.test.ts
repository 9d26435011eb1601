import { describe, expect, it } from 'vitest'
import { drawStrip, WINDOW } from '../../renderer/budget/strip.ts'
import { subjectOf } from '../../renderer/budget/subject.ts'
import { generation, message } from './fake/values.ts'

const kept = message({
  id: 2,
  conversationId: 1,
  role: 'assistant',
  text: 'abcd',
  generation: generation({
    budget: 80,
    budgetChanges: [{ token: 2, budget: 20 }],
    depths: [3, 2, 1, 1],
    lengths: [1, 1, 1, 1],
    promptTokens: 10,
    meanDepth: 1.75,
    tokensPerSecond: 30,
    budgetRealised: 37.5,
  }),
})
const readings = { tokensPerSecond: 9, meanDepth: 2, budgetAsked: 50, budgetRealised: 51 }
const running = {
  messageId: 9,
  depths: [2],
  speeds: [9],
  readings,
  prefill: { total: 12 },
  changes: [],
}

describe('the figures beside the slider', () => {
  it('are those of the answer being written', () => {
    expect(subjectOf(running, null, [kept])).toMatchObject({ live: true, readings, contextTokens: 13, depths: [2] })
  })

  it('are those of the last answer on the branch after that, with what was asked on average', () => {
    const subject = subjectOf(null, running, [kept])
    expect(subject).toMatchObject({ live: false, watched: false, contextTokens: 14 })
    expect(subject.readings).toEqual({ tokensPerSecond: 30, meanDepth: 1.75, budgetAsked: 50, budgetRealised: 37.5 })
  })

  it('keep the speeds that were seen', () => {
    const watched = { ...running, messageId: 2, speeds: [1, 2, 3, 4] }
    expect(subjectOf(null, watched, [kept])).toMatchObject({ watched: true, speeds: [1, 2, 3, 4] })
  })

  it('are the last that were seen where the answer was broken off', () => {
    const broken = { ...kept, generation: generation({ depths: [1], lengths: [4] }) }
    expect(subjectOf(null, { ...running, messageId: 2 }, [broken]).readings).toEqual(readings)
    expect(subjectOf(null, null, [broken]).readings).toBeNull()
  })

  it('are none in an empty conversation', () => {
    expect(subjectOf(null, running, [])).toMatchObject({ readings: null, contextTokens: 0 })
  })
})

describe('the strip chart', () => {
  it('shows the last tokens, a colour for each depth that occurs', () => {
    const depths = Array.from({ length: WINDOW + 50 }, (_, index) => (index < 60 ? 1 : 3))
    const subject = { ...subjectOf(null, null, [kept]), depths, speeds: depths, changes: [{ token: 100, budget: 5 }] }
    const strip = drawStrip(subject, 3)
    expect(strip.bars.map(({ step }) => step)).toEqual([0, 5])
    expect(strip.changes).toEqual([50])
    expect(strip.speed.split('L')).toHaveLength(WINDOW)
  })

  it('is empty without tokens', () => {
    expect(drawStrip(subjectOf(null, null, []), 3)).toMatchObject({ bars: [], speed: '', changes: [] })
  })
})
