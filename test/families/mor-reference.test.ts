import { describe, expect, it, onTestFinished } from 'vitest'
import { trainedThresholds } from '../../models/runtime/budget/thresholds.ts'
import { LoadedGraphs } from '../../models/runtime/graphs.ts'
import { sequenceOn } from '../../models/runtime/backend.ts'
import type { MorConfig } from './reference/mor.ts'
import { runMor } from './reference/mor.ts'
import { modelFolder, randomIds } from './reference/random.ts'
import type { Options } from './reference/random-mor.ts'
import { randomMor } from './reference/random-mor.ts'
import { prepared } from './support.ts'

const TOKENS = 14

interface Seen {
  logits: number[]
  depths: number[]
  kvRows: number[]
}

async function computed(config: MorConfig, tensors: Parameters<typeof modelFolder>[1], ids: number[]): Promise<Seen[]> {
  const model = await prepared(modelFolder(config, tensors))
  const graphs = await LoadedGraphs.load(model, { provider: 'cpu', threads: 1 })
  onTestFinished(() => graphs.release())
  const thresholds = trainedThresholds(model.plan.policy)!
  const all: Seen[] = []
  for (const pieces of [[ids.length], ids.map(() => 1), [5, 1, ids.length - 6]]) {
    const sequence = sequenceOn(model.plan, graphs)
    const seen: Seen = { logits: [], depths: [], kvRows: [] }
    for (const count of pieces) {
      const next = ids.slice(sequence.length, sequence.length + count)
      const { logits, depths } = await sequence.append(next, thresholds, 'all')
      seen.logits.push(...logits!)
      seen.depths.push(...depths)
    }
    all.push({ ...seen, kvRows: sequence.kv.rows })
  }
  return all
}

const EXPERT: [string, Options][] = [
  ['as the authors chose it', {}],
  ['K/V shared', { kv: 'shared' }],
  ['two recursions of one layer, as many K/V heads as heads', { times: 2, depth: 1, kvHeads: 4 }],
  [
    'two recursions of one layer, K/V shared, no layers of their own',
    { times: 2, depth: 1, kv: 'shared', sharing: 'cycle' },
  ],
  ['four recursions, the first thresholded too', { times: 4, depth: 1, capacities: [0.9, 0.8, 0.5, 0.5] }],
  [
    'four recursions, the first thresholded, K/V shared, one K/V head',
    { times: 4, kv: 'shared', capacities: [0.6, 0.6, 0.6, 0.2], kvHeads: 1 },
  ],
  ['heads wider than the state', { headDim: 10, heads: 3, kvHeads: 3 }],
  ['MLP routers and a temperature', { router: 'mlp', temperature: 0.4, score: 'tanh', alpha: 0.5 }],
  [
    'auxiliary routers with a temperature',
    { auxiliary: 'aux_router', router: 'wide_mlp', temperature: 3, kv: 'shared' },
  ],
  [
    'auxiliary linear routers, outcomes added as they are',
    { auxiliary: 'aux_router', temperature: 0.3, gate: 'additive', sharing: 'cycle', capacities: [0.7, 0.5, 0.5] },
  ],
  ['logits as weights', { score: null, temperature: 2, alpha: 0.25 }],
  ['norms of each recursion', { normsShared: false, kv: 'shared' }],
  ['norms of each recursion, all thresholded', { normsShared: false, sharing: 'cycle', capacities: [0.8, 0.8, 0.8] }],
  [
    'another threshold, and thresholds of choice',
    { rule: { threshold_sigmoid: 0.3, threshold_applied: [true, false, true] } },
  ],
  ['a head of its own', { tied: false, theta: 500 }],
  ['no thresholds', { capacities: [1, 1, 1] }],
  [
    'K/V shared, and so many keys that readers leave them out',
    { times: 2, depth: 1, kv: 'shared', heads: 16, kvHeads: 16, headDim: 800 },
  ],
]

const TOKEN: [string, Options][] = [
  ['as the authors chose it', { score: 'softmax', alpha: 1 }],
  ['sigmoid with a bias, K/V shared', { score: 'sigmoid', alpha: 1, balancing: 'loss_free', kv: 'shared' }],
  ['two recursions of one layer', { times: 2, depth: 1, score: 'softmax', kvHeads: 4 }],
  [
    'four recursions and a temperature',
    { times: 4, depth: 1, score: 'sigmoid', temperature: 0.3, router: 'mlp', kvHeads: 1 },
  ],
  [
    'outcomes added as they are',
    { gate: 'additive', score: 'softmax', balancing: 'loss_free', kv: 'shared', times: 4 },
  ],
  ['norms of each recursion, a head of its own', { normsShared: false, tied: false, score: 'softmax' }],
]

describe.each([
  ['expert choice', 'mor-expert', EXPERT],
  ['token choice', 'mor-token', TOKEN],
] as const)('%s against a plain float64 implementation', (_, family, variants) => {
  it.each(variants)('%s', async (_name, options) => {
    for (const seed of [1, 2]) {
      const { config, tensors } = randomMor(family, options, seed)
      const ids = randomIds(seed, TOKENS, config.architecture.vocab_size)
      const wanted = runMor(config, tensors, ids)
      const logits = wanted.logits.flat()
      const most = Math.max(...logits.map(Math.abs))
      for (const seen of await computed(config, tensors, ids)) {
        expect(seen.depths).toEqual(wanted.depths)
        expect(seen.kvRows).toEqual(wanted.kvRows)
        expect(Math.max(...seen.logits.map((value, i) => Math.abs(value - logits[i]!))) / most).toBeLessThan(1e-5)
      }
      if (options.capacities?.at(-1) !== 1) expect(new Set(wanted.depths).size).toBeGreaterThan(1)
    }
  })
})
