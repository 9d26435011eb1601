import { afterAll, describe, expect, it } from 'vitest'
import type { Sampling, Token } from '../../models/common/values.ts'
import { Generation } from '../../models/runtime/generation.ts'
import { Sampler } from '../../models/runtime/sampling/sampler.ts'
import { Pacer } from '../../models/runtime/speculation/pacer.ts'
import { deepeningVisit } from '../../models/runtime/speculation/draft.ts'
import { Speculation } from '../../models/runtime/speculation/speculation.ts'
import { sequenceOn } from '../../models/runtime/backend.ts'
import { endlessModel } from '../models/support.ts'
import { GREEDY, loadEngine } from './support.ts'

const engine = await loadEngine('fp32')
const endless = await loadEngine('fp32', endlessModel(afterAll))
const SAMPLED: Sampling = { ...GREEDY, temperature: 0.8, topP: 0.95, repetitionPenalty: 1.1 }
const QUESTIONS = ['What does the word "island" mean?', 'Tell me a story.', 'Start with 3, add 4, take 2 away.']

/** Drafts so many at a time, and counts what came of it. */
function forced(length: number): { speculation: Speculation; rounds: number[] } {
  const rounds: number[] = []
  const pacer = { length, took: (_: number, tokens: number) => rounds.push(tokens) }
  return { speculation: Speculation.for(engine.model.plan, () => true, pacer)!, rounds }
}

interface Wish {
  question?: string
  sampling?: Sampling
  seed?: number
  budget?: number
  of?: typeof engine
}

function begin(speculation: Speculation | null, wish: Wish): Generation {
  const { question = QUESTIONS[0]!, sampling = GREEDY, seed = 1, budget = 100, of = engine } = wish
  const prompt = of.tokenizer.encodeChat([{ role: 'user', content: question }], true)
  const sequence = sequenceOn(of.model.plan, of.graphs)
  return new Generation(of.model.plan, sequence, of.tokenizer, { prompt, sampling, seed, budget }, speculation)
}

async function written(
  generation: Generation,
  each: (index: number) => void = () => undefined,
): Promise<{ tokens: Token[]; ids: number[]; reason: string | null }> {
  while (!(await generation.prefill()));
  const tokens: Token[] = []
  for (let token = await generation.next(); token; token = await generation.next()) {
    each(tokens.length)
    tokens.push(token)
  }
  return { tokens, ids: [...generation.ids], reason: generation.finishReason }
}

describe('self-speculation', () => {
  it.each([2, 3, 7])('writes what plain decoding writes, %i drafted at a time', async (length) => {
    const { speculation, rounds } = forced(length)
    for (const question of QUESTIONS) {
      for (const sampling of [GREEDY, SAMPLED]) {
        const wish = { question, sampling, seed: length }
        expect(await written(begin(speculation, wish))).toEqual(await written(begin(null, wish)))
      }
    }
    expect(Math.max(...rounds)).toBeGreaterThan(1)
  })

  it('is as deep as was asked, and stops where plain decoding does', async () => {
    const { speculation } = forced(4)
    for (const maxTokens of [1, 2, 5, 6]) {
      const wish = { sampling: { ...GREEDY, maxTokens }, of: endless }
      const { tokens, reason } = await written(begin(speculation, wish))
      expect([tokens.length, reason]).toEqual([maxTokens, 'length'])
      expect(new Set(tokens.slice(1).map(({ depth }) => depth))).toEqual(new Set(maxTokens > 1 ? [3] : []))
    }
    const full = { sampling: { ...GREEDY, maxTokens: 5000 }, of: endless, budget: 100 }
    const [fast, plain] = [await written(begin(speculation, full)), await written(begin(null, full))]
    expect(fast.reason).toBe('context')
    expect(fast.ids).toEqual(plain.ids)
  })

  it('takes a new budget from the very next token on', async () => {
    for (const at of [3, 4, 5, 6]) {
      const wish = { sampling: { ...SAMPLED, maxTokens: 24 }, of: endless }
      const run = async (speculation: Speculation | null): Promise<Token[]> => {
        const generation = begin(speculation, wish)
        let applied = -1
        const { tokens } = await written(generation, (index) => {
          if (index === at) applied = generation.setBudget(0)
          if (index === at + 8) generation.setBudget(100)
        })
        expect(applied).toBe(at + 1)
        return tokens
      }
      const { speculation } = forced(4)
      expect(await run(speculation)).toEqual(await run(null))
    }
  })

  it('draws tokens with the probabilities of full depth', async () => {
    // few tokens, far from certain, and drafts that are often wrong
    const sampling = { ...GREEDY, temperature: 2, topK: 4, maxTokens: 2 }
    const counts = new Map<number, number>()
    const draws = 600
    const { speculation, rounds } = forced(2)
    const first = begin(null, { sampling })
    while (!(await first.prefill()));
    const { sequence } = first
    const start = sequence.length
    const id = engine.tokenizer.encodeChat([{ role: 'user', content: 'x' }], true).at(-1)!
    let sampler = new Sampler(sampling, 7, [])
    for (let i = 0; i < draws; i++) {
      const { tokens } = await speculation.write(sequence, id, 2, sampler)
      sampler = tokens[0]!.sampler
      rounds.push(tokens.length)
      counts.set(tokens[0]!.id, (counts.get(tokens[0]!.id) ?? 0) + 1)
      sequence.rewind(start)
    }
    const everyone = [-Infinity, -Infinity]
    const { logits } = await sequence.append([id], everyone, 'last')
    const top = [...logits!.keys()].toSorted((a, b) => logits![b]! - logits![a]!).slice(0, 4)
    const weights = top.map((token) => Math.exp(logits![token]! / 2))
    const mass = weights.reduce((sum, weight) => sum + weight, 0)
    const chi = top.reduce((sum, token, i) => {
      const expected = (draws * weights[i]!) / mass
      return sum + ((counts.get(token) ?? 0) - expected) ** 2 / expected
    }, 0)
    expect([...counts.keys()].every((token) => top.includes(token))).toBe(true)
    // three degrees of freedom: larger once in ten thousand times
    expect(chi).toBeLessThan(21.1)
    expect(new Set(rounds)).toEqual(new Set([1, 2]))
  })

  it('is for models of which a token can be taken deeper later', () => {
    const { plan } = engine.model
    expect(deepeningVisit(plan)).toBe(2)
    const [first, second, ...rest] = plan.visits
    const owning = { ...plan.visits[2]!, cache: plan.visits[1]!.cache }
    expect(deepeningVisit({ ...plan, visits: [first!, second!, owning, ...rest.slice(1)] })).toBe(null)
    expect(deepeningVisit({ ...plan, prompts: 'whole' })).toBe(null)
  })

  it('is left where a budget decides about tokens, and where others are written too', () => {
    const { speculation } = forced(4)
    expect(speculation.fits([-Infinity, 0.5])).toBe(false)
    expect(speculation.fits([-Infinity, -Infinity])).toBe(true)
    expect([speculation.length(9), speculation.length(3)]).toEqual([4, 3])
    expect(Speculation.for(engine.model.plan, () => false, new Pacer())!.fits([-Infinity, -Infinity])).toBe(false)
  })
})

describe('the pacer', () => {
  /** Milliseconds a token that each length takes; returns the lengths chosen, token by token. */
  function paced(ms: Record<number, number>, tokens: number): number[] {
    const pacer = new Pacer()
    const chosen: number[] = []
    while (chosen.length < tokens) {
      const { length } = pacer
      const gained = Math.max(1, length)
      pacer.took(length, gained, gained * ms[length]!)
      chosen.push(...Array<number>(gained).fill(length))
    }
    return chosen
  }

  it('drafts as many as take the least time', () => {
    expect(new Set(paced({ 0: 10, 2: 8, 4: 7 }, 250).slice(80))).toEqual(new Set([4]))
    expect(new Set(paced({ 0: 10, 2: 8, 4: 9 }, 250).slice(80))).toEqual(new Set([2]))
  })

  it('decodes plainly where drafting gains little, and looks again more and more seldom', () => {
    const chosen = paced({ 0: 10, 2: 9.8, 4: 15 }, 20_000)
    expect(chosen.filter((length) => length > 0).length).toBeLessThan(0.02 * chosen.length)
    expect(chosen.slice(1000).some((length) => length > 0)).toBe(true)
  })
})
