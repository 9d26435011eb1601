import { describe, expect, it, vi } from 'vitest'
import { thresholdsOf } from '../../models/runtime/budget/thresholds.ts'
import { argmax } from '../../models/runtime/sampling/sampler.ts'
import type { Sequence } from '../../models/runtime/sequence.ts'
import { sequenceOn } from '../../models/runtime/backend.ts'
import { loadEngine, randomSource } from './support.ts'

const random = randomSource(21)
const prompts = [5, 23, 64, 90].map((count) => Array.from({ length: count }, () => Math.floor(random() * 900)))
const SHARES = [0, 0.3, 0.7, 1]
const TOKENS = 40

interface Answer {
  ids: number[]
  depths: number[]
}

async function answer(sequence: Sequence, prompt: readonly number[], thresholds: readonly number[]): Promise<Answer> {
  const made: Answer = { ids: [], depths: [] }
  for (let i = 0; i < prompt.length - 8; i += 8) await sequence.append(prompt.slice(i, i + 8), thresholds, 'none')
  let next: readonly number[] = prompt.slice(sequence.length)
  while (made.ids.length < TOKENS) {
    const { logits, depths } = await sequence.append(next, thresholds, 'last')
    next = [argmax(logits!)]
    made.ids.push(next[0]!)
    made.depths.push(depths.at(-1)!)
  }
  return made
}

describe('several generations at once', async () => {
  const engine = await loadEngine('fp32')
  const { plan } = engine.model
  const thresholds = SHARES.map((share) => thresholdsOf(plan.policy, share))

  it('write what each would write alone, at the depths that it would take', async () => {
    const together = await Promise.all(prompts.map((prompt, i) => answer(engine.sequence(), prompt, thresholds[i]!)))
    for (const [i, prompt] of prompts.entries()) {
      expect(together[i]).toEqual(await answer(sequenceOn(plan, engine.graphs), prompt, thresholds[i]!))
    }
  })

  it('share the runs of a graph though they stand at different recursions', async () => {
    const run = vi.spyOn(engine.graphs, 'run')
    await Promise.all(prompts.map((prompt, i) => answer(engine.sequence(), prompt, thresholds[i]!)))
    const shared = run.mock.calls.length
    run.mockClear()
    for (const [i, prompt] of prompts.entries()) await answer(engine.sequence(), prompt, thresholds[i]!)
    expect(shared).toBeLessThan(run.mock.calls.length / 2)
    run.mockRestore()
  })

  it('fail one by one: what others write stays as it was', async () => {
    const [good, bad] = [engine.sequence(), engine.sequence()]
    const expected = await answer(engine.sequence(), prompts[1]!, thresholds[2]!)
    const refused = bad.append([plan.vocabSize], thresholds[0]!, 'last')
    const [result] = await Promise.all([
      answer(good, prompts[1]!, thresholds[2]!),
      expect(refused).rejects.toMatchObject({ code: 'BAD_ARGUMENT' }),
    ])
    expect(result).toEqual(expected)
  })
})

it('differ by no more than rounding in 8 bits, where activations are rounded too', async () => {
  const engine = await loadEngine('int8')
  const all = thresholdsOf(engine.model.plan.policy, 1)
  const last = (sequence: Sequence, prompt: readonly number[]): Promise<Float32Array> =>
    sequence.append(prompt, all, 'last').then(({ logits }) => logits!)
  const together = await Promise.all(prompts.map((prompt) => last(engine.sequence(), prompt)))
  for (const [i, prompt] of prompts.entries()) {
    const alone = await last(engine.sequence(), prompt)
    const worst = alone.reduce((most, value, j) => Math.max(most, Math.abs(value - together[i]![j]!)), 0)
    expect(worst).toBeLessThan(0.04 * alone.reduce((most, value) => Math.max(most, Math.abs(value)), 0))
  }
})
