import { expect, it } from 'vitest'
import type { Backend } from '../../models/runtime/sequence.ts'
import { Sequence } from '../../models/runtime/sequence.ts'
import type { Outputs } from '../../models/runtime/passes/forward.ts'
import type { Pass } from '../../models/runtime/passes/pass.ts'
import { HostKv } from '../../models/runtime/memory/host-kv.ts'
import { Generation } from '../../models/runtime/generation.ts'
import { GREEDY, loadEngine } from './support.ts'

const engine = await loadEngine('fp32')
const { plan } = engine.model
const ALL = [-Infinity, -Infinity]

/** What runs the graphs, whatever the provider: the visits give zeros, and the last one logits with one value that is none. */
function giving(bad: number): Backend {
  return {
    kv: () => HostKv.empty(plan.caches),
    release: () => Promise.resolve(),
    run: (pass: Pass) => {
      for (let visit = pass.pendingVisit(); visit; visit = pass.pendingVisit()) {
        const rows = visit.rows.length
        const outputs: Outputs = (name) => {
          const register = visit.visit.outputs[name]
          if (register !== undefined) return new Float32Array(rows * plan.registers[register]!.width)
          if (name !== 'logits' || pass.wanted === 'none') return null
          return new Float32Array(plan.vocabSize).fill(bad, 7, 8)
        }
        pass.take(outputs, (kind) =>
          new Float32Array(rows * headDim(visit.visit.cache!.slots)).fill(kind === 'key' ? 0 : bad),
        )
      }
      return Promise.resolve()
    },
  }
}

const headDim = (slots: readonly string[]): number => plan.caches[slots[0]!]!.headDim

it.each([NaN, Infinity, -Infinity])('logits with %f in them end an answer in words, at any provider', async (bad) => {
  const sequence = new Sequence(plan, giving(bad))
  await sequence.append([1, 2, 3], ALL, 'none')
  await expect(sequence.append([4], ALL, 'last')).rejects.toMatchObject({
    code: 'COMPUTE_FAILED',
    message: expect.stringContaining('not finite numbers') as string,
  })
  // what it had read may be no numbers either, and would be gone on from
  expect(sequence.length).toBe(0)
  const request = { prompt: [1, 2, 3], sampling: GREEDY, seed: 1, budget: 100, thought: null }
  const generation = new Generation(plan, new Sequence(plan, giving(bad)), engine.tokenizer, request)
  const answer = async (): Promise<void> => {
    while (!(await generation.prefill()));
    await generation.next()
  }
  await expect(answer()).rejects.toMatchObject({ code: 'COMPUTE_FAILED' })
})
