import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { compareFixture } from '../../models/parity/compare-fixture.ts'
import { FEEDINGS } from '../../models/parity/feeding.ts'
import { observe } from '../../models/parity/observe.ts'
import { relativeError, worstOf } from '../../models/parity/report.ts'
import { loadSubject } from '../../models/parity/subject.ts'
import { editJson, temporaryFolder } from '../models/support.ts'
import type { Tensor, Tensors, Tokens, Vector } from './reference/llama.ts'
import { attention, causal, mlp, plus, rms, rowOf, times } from './reference/llama.ts'
import { attentionShapes, mlpShapes, modelFolder, randomIds, randomTensors } from './reference/random.ts'
import { copyOf, prepared, refused } from './support.ts'

const CONFIG = {
  model_type: 'llama',
  vocab_size: 30,
  hidden_size: 16,
  intermediate_size: 20,
  num_hidden_layers: 4,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  max_position_embeddings: 64,
  rms_norm_eps: 1e-6,
  tie_word_embeddings: true,
  early_exits: [1, 3],
}
const SIZES = { heads: 4, kvHeads: 2, headDim: 4, theta: 10_000 }

function build(seed: number): { folder: string; tensors: Tensors; ids: number[] } {
  const shapes: Record<string, number[]> = { 'model.embed_tokens.weight': [30, 16], 'model.norm.weight': [16] }
  for (let i = 0; i < CONFIG.num_hidden_layers; i++) {
    const at = `model.layers.${i}`
    Object.assign(shapes, attentionShapes(at, 16, SIZES), mlpShapes(at, 16, 20))
    shapes[`${at}.input_layernorm.weight`] = [16]
    shapes[`${at}.post_attention_layernorm.weight`] = [16]
  }
  const tensors = randomTensors(seed, shapes)
  return { folder: modelFolder(CONFIG, tensors), tensors, ids: randomIds(seed + 1, 9, 30) }
}

/** Tokens that leave are not seen by the layers behind. @returns logits and stages of each token */
function byHand(
  tensors: Tensors,
  ids: readonly number[],
  least: readonly number[],
): { logits: Vector[]; stages: number[] } {
  const [table, last] = [tensors['model.embed_tokens.weight']!, tensors['model.norm.weight']!]
  const states = ids.map((id) => rowOf(table, id))
  const stages = ids.map(() => 0)
  let inside: Tokens<Vector> = [...states]
  const bounds = [0, ...CONFIG.early_exits, CONFIG.num_hidden_layers]
  for (let stage = 0; stage + 1 < bounds.length; stage++) {
    const before = inside
    for (let i = bounds[stage]!; i < bounds[stage + 1]!; i++) inside = layer(tensors, i, inside)
    inside = inside.map((state, token) => {
      if (!state) return null
      states[token] = state
      stages[token]!++
      return turned(state, before[token]!) >= (least[stage] ?? -Infinity) ? state : null
    })
  }
  return { logits: states.map((state) => times(table, rms(state, last, 1e-6))), stages }
}

function layer(tensors: Tensors, i: number, x: Tokens<Vector>): Tokens<Vector> {
  const weight = (leaf: string): Tensor => tensors[`model.layers.${i}.${leaf}`]!
  const norm = (state: Vector, leaf: string): Vector => rms(state, weight(leaf), 1e-6)
  const { out } = attention(
    x.map((state) => state && norm(state, 'input_layernorm.weight')),
    { sizes: SIZES, weight: (leaf) => weight(`self_attn.${leaf}`), visible: causal },
  )
  return x.map((state, token) => {
    if (!state) return null
    const between = plus(state, out[token]!)
    return plus(
      between,
      mlp(norm(between, 'post_attention_layernorm.weight'), (leaf) => weight(`mlp.${leaf}`)),
    )
  })
}

function turned(a: Vector, b: Vector): number {
  return 1 - a.reduce((sum, x, i) => sum + x * b[i]!, 0) / Math.hypot(...a) / Math.hypot(...b)
}

describe('a dense model with early exits', () => {
  it.each([
    ['all leave at the first', [Infinity, Infinity]],
    ['some at each', [0.5, 0.25]],
    ['all run all', [-Infinity, -Infinity]],
  ])('is computed as by hand, in whatever pieces: %s', async (name, thresholds) => {
    const { folder, tensors, ids } = build(71)
    const expected = byHand(tensors, ids, thresholds)
    const subject = await loadSubject(folder, { cacheFolder: temporaryFolder(), provider: 'cpu' }, false)
    onTestFinished(() => subject.release())
    for (const feeding of FEEDINGS) {
      const { values } = await observe(subject, ids, feeding, { thresholds: () => [...thresholds] })
      expect([...values.get('depth')!]).toEqual(expected.stages)
      expect(relativeError(values.get('logits'), Float32Array.from(expected.logits.flat()))).toBeLessThan(1e-5)
    }
    if (name === 'some at each') expect(new Set(expected.stages)).toEqual(new Set([1, 2, 3]))
  })

  it('computes what was recorded where no token leaves, of every kind', async () => {
    for (const fixture of ['dense-llama-untied-llama3rope', 'dense-qwen3', 'dense-olmo2', 'dense-smollm3']) {
      const folder = copyOf(fixture)
      editJson(folder, 'config.json', (config) => (config.early_exits = [1]))
      const report = await compareFixture(folder, { cacheFolder: temporaryFolder(), provider: 'cpu' })
      expect(
        worstOf({ ...report, compared: report.compared.filter(({ name }) => !name.startsWith('hidden')) }),
      ).toBeLessThan(1e-5)
    }
  })

  it('says that nobody measured it, or, with a calibration, that it was', async () => {
    const { folder } = build(72)
    const { plan } = await prepared(folder)
    expect(plan.policy).toMatchObject({ kind: 'quantile', capacities: [1, 1], deepening: true })
    expect(plan.budget).toMatchObject({ adjustable: true, trained: false, effect: null })
    expect(plan.budget.explanation).toMatch(/^Share of layers 2 to 4 .* layers 1, 3\. Nobody measured/)
    const rows = [
      { budget: 0, capacities: [0, 0], thresholds: [null, null], nll: 3 },
      { budget: 2 / 3, capacities: [1, 0], thresholds: [null, null], nll: 2.5 },
      { budget: 1, capacities: [1, 1], thresholds: [null, null], nll: 2.1 },
    ]
    writeFileSync(path.join(folder, 'calibration.json'), JSON.stringify({ budgets: rows }))
    const measured = (await prepared(folder)).plan
    expect(measured.policy.kind).toBe('calibrated')
    expect(measured.budget).toMatchObject({ trained: false, effect: { spread: 0.9, first: 100 } })
    expect(measured.budget.explanation).toMatch(/was measured with texts/)
  })

  it('is the plain model without exits, and is refused with exits that are none', async () => {
    const { folder } = build(73)
    for (const none of [null, []]) {
      editJson(folder, 'config.json', (config) => (config.early_exits = none))
      expect((await prepared(folder)).plan.visits).toHaveLength(1)
    }
    for (const wrong of [[4], [3, 1], [2, 2]]) {
      editJson(folder, 'config.json', (config) => (config.early_exits = wrong))
      await refused(folder, 'MODEL_CONFIG', 'early_exits')
    }
    editJson(folder, 'config.json', (config) => (config.early_exits = ['1']))
    await refused(folder, 'MODEL_CONFIG', 'early_exits.0')
  })
})
