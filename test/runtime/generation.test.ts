import { afterAll, describe, expect, it } from 'vitest'
import type { Sampling, Token } from '../../models/common/values.ts'
import type { Generation } from '../../models/runtime/generation.ts'
import { endlessModel } from '../models/support.ts'
import { GREEDY, loadEngine } from './support.ts'

const engine = await loadEngine('int8')

const endless = await loadEngine('int8', endlessModel(afterAll))

const SAMPLED: Sampling = { ...GREEDY, temperature: 0.8, topP: 0.95, repetitionPenalty: 1.1 }
const TURNS = [{ role: 'user', content: 'What does the word "island" mean?' }] as const

async function write(
  generation: Generation,
  each: (token: Token, index: number) => void = () => undefined,
): Promise<Token[]> {
  while (!(await generation.prefill()));
  const tokens: Token[] = []
  for (let token = await generation.next(); token; token = await generation.next()) {
    each(token, tokens.length)
    tokens.push(token)
  }
  return tokens
}

const text = (tokens: readonly Token[]): string => tokens.map((token) => token.text).join('')

describe('an answer', () => {
  it('is the same for the same seed, another for another', async () => {
    const answer = async (seed: number): Promise<string> => text(await write(engine.generate(TURNS, SAMPLED, seed, 60)))
    expect(await answer(1)).toBe(await answer(1))
    expect(await answer(1)).not.toBe(await answer(2))
  })

  it('says for every token how deep the position was that produced it', async () => {
    const [shallow, deep] = [engine.generate(TURNS, GREEDY, 0, 0), engine.generate(TURNS, GREEDY, 0, 100)]
    expect(new Set((await write(shallow)).map((token) => token.depth))).toEqual(new Set([1]))
    expect(new Set((await write(deep)).map((token) => token.depth))).toEqual(new Set([3]))
    expect(shallow.summary()).toMatchObject({ budgetRealised: 0, meanDepth: 1 })
    expect(deep.summary()).toMatchObject({ budgetRealised: 100, meanDepth: 3 })
  })

  it('that has begun goes on as if it had never been broken off', async () => {
    const whole = await write(engine.generate(TURNS, GREEDY, 0, 100))
    expect(whole.length).toBeGreaterThan(6)
    const half = text(whole.slice(0, 5))
    const rest = await write(engine.generate(TURNS, GREEDY, 0, 100, { begun: half }))
    expect((half + text(rest)).startsWith(text(whole))).toBe(true)
    expect(rest.length).toBe(whole.length)
  })

  it('that begins with the name of a special token reads it as text', () => {
    const plain = engine.generate(TURNS, GREEDY, 0, 60).promptTokens
    const begun = engine.generate(TURNS, GREEDY, 0, 60, { begun: '<|im_end|>' }).promptTokens
    expect(begun - plain).toBeGreaterThan(1)
  })

  it('follows a new budget from the token on that it was told', async () => {
    const generation = endless.generate(TURNS, { ...SAMPLED, maxTokens: 30 }, 5, 0)
    let applied = -1
    const tokens = await write(generation, (_, index) => {
      if (index === 9) applied = generation.setBudget(100)
    })
    expect(applied).toBe(10)
    expect(tokens.map((token) => token.depth)).toEqual(Array.from({ length: 30 }, (_, i) => (i < 10 ? 1 : 3)))
    expect(tokens.map((token) => token.budget)).toEqual(Array.from({ length: 30 }, (_, i) => (i < 10 ? 0 : 100)))
  })

  it('gives the logits in hand to the budget before', async () => {
    const generation = endless.generate(TURNS, { ...GREEDY, maxTokens: 3 }, 5, 0)
    while (!(await generation.prefill()));
    expect(generation.setBudget(100)).toBe(1)
    const depths = [await generation.next(), await generation.next()].map((token) => token!.depth)
    expect(depths).toEqual([1, 3])
  })

  it('realises the share asked for over 200 tokens of decode', async () => {
    for (const budget of [25, 50, 75]) {
      const generation = endless.generate(TURNS, { ...SAMPLED, maxTokens: 201 }, 3, budget)
      await write(generation)
      expect(Math.abs(generation.summary().budgetRealised! - budget)).toBeLessThanOrEqual(5)
    }
  })

  it('ends with its reason: end, length, stop, context, stopped', async () => {
    const reason = async (generation: Generation): Promise<string | null> => {
      await write(generation)
      return generation.finishReason
    }
    expect(await reason(engine.generate([{ role: 'user', content: 'Do you like dogs?' }], GREEDY, 0, 100))).toBe('end')
    expect(await reason(engine.generate(TURNS, { ...GREEDY, maxTokens: 3 }, 0, 100))).toBe('length')
    expect(await reason(engine.generate(TURNS, { ...GREEDY, stop: ['noun'] }, 0, 100))).toBe('stop')
    expect(await reason(endless.generate(TURNS, { ...GREEDY, maxTokens: 5000 }, 0, 0))).toBe('context')
    const generation = endless.generate(TURNS, { ...GREEDY, maxTokens: 5000 }, 0, 0)
    await write(generation, (_, index) => {
      if (index === 4) generation.stop()
    })
    expect(generation.summary()).toMatchObject({ finishReason: 'stopped', tokens: 5 })
  })

  it('leaves the stop string out of its text', async () => {
    const full = text(await write(engine.generate(TURNS, GREEDY, 0, 100)))
    const cut = text(await write(engine.generate(TURNS, { ...GREEDY, stop: ['noun)'] }, 0, 100)))
    expect(full).toContain('noun)')
    expect(cut).toBe(full.slice(0, full.indexOf('noun)')))
  })

  it('can be stopped while the prompt is read', async () => {
    const generation = endless.generate([{ role: 'user', content: 'word '.repeat(300) }], GREEDY, 0, 50)
    expect(await generation.prefill()).toBe(false)
    generation.stop()
    expect(await generation.next()).toBeNull()
    expect(generation.summary()).toMatchObject({ finishReason: 'stopped', tokens: 0, ttftMs: null })
  })

  it('refuses a prompt that leaves no room for an answer', () => {
    const turns = [{ role: 'user', content: 'word '.repeat(2000) }] as const
    expect(() => engine.generate(turns, GREEDY, 0, 50)).toThrow(expect.objectContaining({ code: 'PROMPT_TOO_LONG' }))
  })
})
