import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { compareFixture } from '../../models/parity/compare-fixture.ts'
import { FEEDINGS } from '../../models/parity/feeding.ts'
import { agrees } from '../../models/parity/report.ts'
import { thresholdsOf } from '../../models/runtime/budget/thresholds.ts'
import { LoadedGraphs } from '../../models/runtime/graphs.ts'
import { Batcher } from '../../models/runtime/passes/batcher.ts'
import { sequenceOn } from '../../models/runtime/backend.ts'
import type { Sequence } from '../../models/runtime/sequence.ts'
import { mayHaveAdapter } from '../../models/runtime/tuning/vulkan.ts'
import { openWeights } from '../../models/formats/weights.ts'
import type { PreparedModel } from '../../models/prepare/prepare.ts'
import { editJson, temporaryFolder, writeSafetensors } from '../models/support.ts'
import { copyOf, FIXTURES, prepared, refused } from './support.ts'

const FORMS = ['elastic-tied', 'elastic-exits'] as const
const PROVIDERS = ['cpu', 'webgpu'] as const
const IDS = Array.from({ length: 24 }, (_, i) => (53 * i) % 256)
const ALL = [-Infinity, -Infinity, -Infinity]

async function loaded(model: PreparedModel): Promise<LoadedGraphs> {
  const graphs = await LoadedGraphs.load(model, { provider: 'cpu', threads: 1 })
  onTestFinished(() => graphs.release())
  return graphs
}

describe.each(FORMS)('%s', (name) => {
  const folder = path.join(FIXTURES, name)

  it.each(PROVIDERS)('computes what was recorded, in any pieces, on %s', { timeout: 480_000 }, async (provider) => {
    if (provider === 'webgpu' && !mayHaveAdapter()) return
    // a device in software takes minutes for what the other ways add
    const feedings = provider === 'webgpu' ? (['uneven pieces'] as const) : FEEDINGS
    const report = await compareFixture(folder, { cacheFolder: temporaryFolder(), provider, feedings })
    expect(report.compared.filter(({ error }) => !(error <= 1e-4))).toEqual([])
    expect(agrees(report)).toBe(true)
    const names = report.compared.map((line) => line.name)
    for (const recorded of [
      'hidden_state.3',
      'router_score.3',
      'logits.depth_1',
      'logits.budget_0.5',
      'depth.budget_0.5',
    ])
      expect(names.filter((each) => each === recorded)).toHaveLength(feedings.length)
  })

  it.each<[string, string, (config: Record<string, unknown>) => void]>([
    ['sharing', 'sharing', (c) => (c.sharing = 'cycle')],
    ['kv_sharing', 'kv_sharing', (c) => (c.kv_sharing = c.sharing === 'none' ? 'recursive' : 'none')],
    ['another kv_sharing', 'kv_sharing', (c) => (c.kv_sharing = 'latent')],
  ])('refuses other forms by name: %s', async (_, field, edit) => {
    const changed = copyOf(name)
    editJson(changed, 'config.json', edit)
    await refused(changed, 'MODEL_UNSUPPORTED', field)
  })

  it('runs nothing behind the recursion that refuses a row, and keeps K/V of the rows that reach one', async () => {
    const model = await prepared(folder)
    const { plan } = model
    const graphs = await loaded(model)
    const run = vi.spyOn(graphs, 'run')
    const sequence = sequenceOn(plan, graphs)
    const shallow = plan.policy.kind === 'calibrated' ? plan.policy.rows[0]!.thresholds.map(() => Infinity) : []
    const { depths } = await sequence.append([7], shallow, 'last')
    expect([...depths]).toEqual([1])
    const tied = name === 'elastic-tied'
    expect(run.mock.calls.map(([graph]) => graph)).toEqual(tied ? ['enter', 'block', 'leave'] : ['enter', 'leave'])
    await sequence.append([8], ALL.slice(0, shallow.length), 'last')
    const rows = Object.fromEntries(Object.keys(plan.caches).map((slot, i) => [slot, sequence.kv.rows[i]]))
    expect(rows['enter.0']).toBe(2)
    expect(rows['leave.0']).toBe(2)
    expect(rows[tied ? 'block.0' : 'stage.1.0']).toBe(tied ? 2 : 1)
  })
})

it('lets rows of a stage share a run, each as it would be alone', async () => {
  const model = await prepared(path.join(FIXTURES, 'elastic-exits'))
  const graphs = await loaded(model)
  const { plan } = model
  const run = vi.spyOn(graphs, 'run')
  const read = async (sequence: Sequence, share: number): Promise<{ depths: number[]; logits: Float32Array }> => {
    const thresholds = thresholdsOf(plan.policy, share)
    const { depths } = await sequence.append(IDS, thresholds, 'last')
    const next = await sequence.append([3], thresholds, 'last')
    return { depths: [...depths, ...next.depths], logits: next.logits! }
  }
  const batcher = new Batcher(plan, graphs)
  const shares = [0.3, 0.6, 1]
  const together = await Promise.all(shares.map((share) => read(sequenceOn(plan, graphs, batcher), share)))
  const shared = run.mock.calls.length
  run.mockClear()
  for (const [i, share] of shares.entries()) {
    const alone = await read(sequenceOn(plan, graphs), share)
    expect(together[i]!.depths).toEqual(alone.depths)
    expectAlike(together[i]!.logits, alone.logits)
  }
  expect(shared).toBeLessThan(run.mock.calls.length / 1.5)
})

it('equals the dense model, where every recursion has layers of its own and all are run', async () => {
  const exits = path.join(FIXTURES, 'elastic-exits')
  const logits = async (model: PreparedModel): Promise<Float32Array> => {
    const sequence = sequenceOn(model.plan, await loaded(model))
    return (await sequence.append(IDS, ALL.slice(0, model.plan.maxDepth - 1), 'all')).logits!
  }
  expectAlike(await logits(await prepared(exits)), await logits(await prepared(denseOf(exits))))
})

function expectAlike(own: Float32Array, expected: Float32Array): void {
  const scale = Math.max(...expected.map(Math.abs))
  own.forEach((value, i) => {
    expect(Math.abs(value - expected[i]!) / scale).toBeLessThan(1e-5)
  })
}

const SIZES = [
  ...['vocab_size', 'hidden_size', 'intermediate_size', 'num_attention_heads', 'num_key_value_heads', 'head_dim'],
  ...['rms_norm_eps', 'rope_theta', 'max_position_embeddings'],
]

/** A folder with the same layers one behind the other, as a Llama in float32. */
function denseOf(exits: string): string {
  const elastic = JSON.parse(readFileSync(path.join(exits, 'config.json'), 'utf8')) as Record<string, number>
  const layers = (prefix: string, count: number): string[] =>
    Array.from({ length: count }, (_, i) => `model.${prefix}.${i}.`)
  const order = [
    ...layers('first_layers', elastic.num_first_layers!),
    ...Array.from({ length: elastic.num_recursions! }, (_, r) =>
      layers(`stages.${r}`, elastic.num_block_layers!),
    ).flat(),
    ...layers('last_layers', elastic.num_last_layers!),
  ]
  const weights = openWeights(exits, elastic.quantization_config)
  const tensors: Parameters<typeof writeSafetensors>[1] = {}
  for (const [name, { shape }] of weights.entries) {
    if (name.startsWith('model.routers')) continue
    const place = order.findIndex((prefix) => name.startsWith(prefix))
    const dense = place < 0 ? name : name.replace(order[place]!, `model.layers.${place}.`)
    tensors[dense] = { shape, values: weights.readFloats(name, shape) }
  }
  weights.close()
  const folder = copyOf('dense-llama-tied')
  writeSafetensors(path.join(folder, 'model.safetensors'), tensors)
  editJson(folder, 'config.json', (config) => {
    for (const field of SIZES) config[field] = elastic[field]
    config.num_hidden_layers = order.length
  })
  return folder
}
