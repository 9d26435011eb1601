import { describe, expect, it } from 'vitest'
import { effectInWords, hardlyMatters } from '../../renderer/budget/effect.ts'
import { drawSpeed, WINDOW } from '../../renderer/budget/strip.ts'
import { subjectOf } from '../../renderer/budget/subject.ts'
import { toldOf } from '../../renderer/chat/told.ts'
import { generation, message } from './fake/values.ts'

describe('what was measured along the slider', () => {
  it('hardly matters below a hundredth of a nat', () => {
    expect(hardlyMatters({ spread: 0.0099, first: 0 })).toBe(true)
    expect(hardlyMatters({ spread: 0.01, first: 0 })).toBe(false)
    expect(hardlyMatters(null)).toBe(false)
  })

  it('is told with where the slider begins', () => {
    expect(effectInWords({ spread: 0.0374, first: 35 })).toMatch(/by 0\.037 nats a token\. From 35% on/)
    expect(effectInWords({ spread: 0.0059, first: 0 })).toMatch(/by 0\.006 nats a token: hardly .* begins at 0%/)
  })
})

describe('the figures of an answer', () => {
  const deep = { adjustable: true, deep: true }
  const dense = { adjustable: false, deep: false }
  const figures = { meanDepth: 1, budgetRealised: null, depths: [1, 1] }

  it('speak of neither budget nor depth where its model had one depth, whichever is loaded', () => {
    expect(toldOf(figures, deep)).toEqual({ budget: false, depth: false })
    expect(toldOf({ ...figures, meanDepth: 3, depths: [3, 3] }, deep)).toEqual({ budget: false, depth: false })
  })

  it('speak of both where a budget decided, whichever is loaded', () => {
    expect(toldOf({ ...figures, budgetRealised: 0 }, dense)).toEqual({ budget: true, depth: true })
  })

  it('speak of depth where the model decided alone', () => {
    expect(toldOf({ ...figures, meanDepth: 1.5, depths: [1, 2] }, dense)).toEqual({ budget: false, depth: true })
  })

  it('are those of the loaded model where the answer was broken off', () => {
    const none = { ...figures, meanDepth: null }
    expect(toldOf(none, deep)).toEqual({ budget: true, depth: true })
    expect(toldOf(none, dense)).toEqual({ budget: false, depth: false })
  })
})

describe('an answer of a model with one depth', () => {
  const answer = message({
    id: 2,
    conversationId: 1,
    role: 'assistant',
    text: 'ab',
    generation: generation({ depths: [1, 1], lengths: [1, 1], meanDepth: 1, tokensPerSecond: 40 }),
  })

  it('keeps its speed after a restart', () => {
    expect(subjectOf(null, null, [answer]).readings).toMatchObject({ tokensPerSecond: 40, budgetRealised: null })
  })

  it('is drawn as speed alone', () => {
    const depths = Array.from({ length: WINDOW + 5 }, () => 1)
    const subject = { ...subjectOf(null, null, [answer]), depths, speeds: depths.map((_, i) => i) }
    const strip = drawSpeed({ ...subject, changes: [{ token: 9, budget: 5 }] })
    expect(strip).toMatchObject({ bars: [], changes: [] })
    expect(strip.speed.split('L')).toHaveLength(WINDOW)
    expect(strip.speed.endsWith(' 14.0')).toBe(true)
  })
})
