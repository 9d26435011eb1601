import { expect, it } from 'vitest'
import type { Token } from '../../models/common/values.ts'
import type { Generation } from '../../models/runtime/generation.ts'
import { Likelihoods } from '../../models/runtime/sampling/likelihoods.ts'
import { GREEDY, loadEngine } from './support.ts'

const nameOf = (id: number): string => `t${id}`

async function write(generation: Generation): Promise<Token[]> {
  while (!(await generation.prefill()));
  const tokens: Token[] = []
  for (let token = await generation.next(); token; token = await generation.next()) tokens.push(token)
  return tokens
}

it('tells log-probabilities of a softmax and the likeliest in order, of equals the first', () => {
  const logits = Float32Array.of(1, 3, 3, -2, 2)
  const likelihoods = new Likelihoods(logits, 3, nameOf)
  const sum = [1, 3, 3, -2, 2].reduce((total, logit) => total + Math.exp(logit), 0)
  logits.fill(0)
  const { text, logProbability, likeliest } = likelihoods.of(3)
  expect(text).toBe('t3')
  expect(logProbability).toBeCloseTo(-2 - Math.log(sum), 6)
  expect(likeliest.map((likely) => likely.text)).toEqual(['t1', 't2', 't4'])
  expect(likeliest[0]!.logProbability).toBeCloseTo(3 - Math.log(sum), 6)
  expect(new Likelihoods(logits, 0, nameOf).of(0).likeliest).toEqual([])
})

it('can be written in JSON where a logit is infinite or no number', () => {
  const likelihoods = new Likelihoods(Float32Array.of(0, -Infinity, NaN), 3, nameOf)
  expect(likelihoods.of(1).logProbability).toBe(-9999)
  expect(likelihoods.of(2).logProbability).toBe(-9999)
})

it('an answer tells them as the model gave them, not after penalty and temperature, and leaves out its end', async () => {
  const engine = await loadEngine('int8')
  const turns = [{ role: 'user', content: 'Do you like dogs?' }] as const
  const sampling = { ...GREEDY, repetitionPenalty: 1.5, maxTokens: 100 }
  const plain = await write(engine.generate(turns, sampling, 0, 50))
  const told = await write(engine.generate(turns, sampling, 0, 50, { likeliest: 5 }))
  expect(told.map((token) => token.text)).toEqual(plain.map((token) => token.text))
  expect(plain.every((token) => token.likelihood === undefined)).toBe(true)
  expect(told.at(-1)!.likelihood).toBe(undefined)
  for (const { likelihood } of told.slice(0, -1)) {
    const probabilities = likelihood!.likeliest.map(({ logProbability }) => Math.exp(logProbability))
    expect(probabilities).toEqual(probabilities.toSorted((a, b) => b - a))
    expect(probabilities.length).toBe(5)
    expect(probabilities.reduce((sum, probability) => sum + probability, 0)).toBeLessThanOrEqual(1)
    expect(likelihood!.logProbability).toBeLessThanOrEqual(likelihood!.likeliest[0]!.logProbability)
  }
  // the penalty makes it take another than the likeliest somewhere
  expect(told.slice(0, -1).some(({ likelihood }) => likelihood!.text !== likelihood!.likeliest[0]!.text)).toBe(true)
})

it('goes on with a text as it is, special tokens of it included', async () => {
  const engine = await loadEngine('int8')
  const turns = [{ role: 'user', content: 'Do you like dogs?' }] as const
  const ids = engine.tokenizer.encodeChat(turns, true)
  const names = ids.map((id) => engine.tokenizer.nameOf(id)).join('')
  expect(engine.tokenizer.encodeRaw(names)).toEqual(ids)
  const text = (tokens: Token[]): string => tokens.map((token) => token.text).join('')
  const chat = text(await write(engine.generate(turns, { ...GREEDY, maxTokens: 20 }, 0, 50)))
  expect(text(await write(engine.generate(names, { ...GREEDY, maxTokens: 20 }, 0, 50)))).toBe(chat)
  expect(engine.generate('', GREEDY, 0, 50).promptTokens).toBe(1)
})

it('is right to 5 digits over a vocabulary, whatever the logits', async () => {
  const engine = await loadEngine('fp32')
  const { sequence } = engine.generate('Once upon a time', { ...GREEDY, maxTokens: 1 }, 0, 50)
  const ids = engine.tokenizer.encodeRaw('Once upon a time there was a dog')
  const { logits } = await sequence.append(ids, [0, 0], 'last')
  for (const values of [logits!, Float32Array.from({ length: 1001 }, (_, i) => 60 * Math.sin(i * i))]) {
    const peak = values.reduce((a, b) => Math.max(a, b))
    const total = peak + Math.log(values.reduce((sum, value) => sum + Math.exp(value - peak), 0))
    const likelihoods = new Likelihoods(values, 5, nameOf)
    const all = [...values.keys()].map((id) => likelihoods.of(id).logProbability)
    for (const [id, value] of values.entries()) expect(Math.abs(all[id]! - (value - total))).toBeLessThan(1e-5)
    expect(all.reduce((sum, one) => sum + Math.exp(one), 0)).toBeCloseTo(1, 4)
    const order = [...values.keys()].sort((a, b) => values[b]! - values[a]! || a - b)
    expect(likelihoods.of(0).likeliest.map(({ text }) => text)).toEqual(order.slice(0, 5).map(nameOf))
  }
})

it('tells of each token the gate that its position met last: passed where it went as deep as can be', async () => {
  const engine = await loadEngine('int8')
  const turns = [{ role: 'user', content: 'Do you like dogs?' }] as const
  const sampling = { ...GREEDY, maxTokens: 60 }
  for (const budget of [0, 50, 100]) {
    const told = await write(engine.generate(turns, sampling, 0, budget, { likeliest: 5 }))
    expect(told.length).toBeGreaterThan(4)
    for (const { gate, depth } of told) {
      expect(gate!.passed).toBe(depth === engine.info.maxDepth)
      if (gate!.least !== null) expect(gate!.passed).toBe(gate!.score >= gate!.least)
    }
    // a budget of nothing, or of all, asks for no score
    const bounds = told.map(({ gate }) => gate!.least)
    expect(bounds.some((least) => least !== null)).toBe(budget === 50)
    expect(new Set(told.map(({ gate }) => gate!.score)).size).toBeGreaterThan(2)
  }
  const plain = await write(engine.generate(turns, sampling, 0, 50))
  expect(plain.every(({ gate }) => gate === undefined)).toBe(true)
})
