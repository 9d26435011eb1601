import { describe, expect, it, onTestFinished } from 'vitest'
import type { Feeding } from '../../models/parity/feeding.ts'
import type { Observed } from '../../models/parity/observe.ts'
import { observe } from '../../models/parity/observe.ts'
import type { Subject } from '../../models/parity/subject.ts'
import { loadSubject } from '../../models/parity/subject.ts'
import { relativeError } from '../../models/parity/report.ts'
import type { Reading } from '../../models/parity/reading.ts'
import { Batcher } from '../../models/runtime/passes/batcher.ts'
import { trainedThresholds } from '../../models/runtime/budget/thresholds.ts'
import { aloneOn } from '../../models/runtime/passes/alone.ts'
import type { Runner } from '../../models/runtime/passes/pass.ts'
import { LoadedGraphs } from '../../models/runtime/graphs.ts'
import { sequenceOn } from '../../models/runtime/backend.ts'
import { float32Below } from '../../models/formats/floats.ts'
import { editJson, temporaryFolder } from '../models/support.ts'
import type { Vector } from './reference/llama.ts'
import type { Ouro, OuroRun } from './reference/ouro.ts'
import { exitSteps, ouroLogits, runOuro } from './reference/ouro.ts'
import { attentionShapes, mlpShapes, modelFolder, randomIds, randomTensors } from './reference/random.ts'
import { copyOf, editTensors, prepared, refused } from './support.ts'

/** Fields of a configuration, over those of a small model. */
type Fields = Record<string, unknown>

const SMALL = {
  model_type: 'ouro',
  vocab_size: 40,
  hidden_size: 16,
  intermediate_size: 24,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  head_dim: 4,
  rms_norm_eps: 1e-6,
  rope_theta: 10000,
  max_position_embeddings: 64,
  total_ut_steps: 4,
  early_exit_threshold: 1,
  tie_word_embeddings: false,
}
type Config = typeof SMALL

function build(seed: number, fields: Fields): { folder: string; model: Ouro; ids: number[] } {
  const config: Config = { ...SMALL, ...fields }
  const { hidden_size: d, intermediate_size: m, num_attention_heads: heads, head_dim: headDim } = config
  const kvHeads = config.num_key_value_heads
  const shapes: Record<string, number[]> = {
    'model.embed_tokens.weight': [config.vocab_size, d],
    'model.norm.weight': [d],
    'model.early_exit_gate.weight': [1, d],
    'model.early_exit_gate.bias': [1],
  }
  if (!config.tie_word_embeddings) shapes['lm_head.weight'] = [config.vocab_size, d]
  for (let i = 0; i < config.num_hidden_layers; i++) {
    const at = `model.layers.${i}`
    for (const leaf of [
      'input_layernorm',
      'input_layernorm_2',
      'post_attention_layernorm',
      'post_attention_layernorm_2',
    ])
      shapes[`${at}.${leaf}.weight`] = [d]
    Object.assign(shapes, attentionShapes(at, d, { heads, kvHeads, headDim }), mlpShapes(at, d, m))
  }
  const tensors = randomTensors(seed, shapes)
  const sizes = { heads, kvHeads, headDim, theta: config.rope_theta }
  const model = {
    sizes,
    layers: config.num_hidden_layers,
    steps: config.total_ut_steps,
    epsilon: config.rms_norm_eps,
    tensors,
  }
  return { folder: modelFolder(config, tensors), model, ids: randomIds(seed + 1, 10, config.vocab_size) }
}

async function load(folder: string, settings: Fields = {}): Promise<Subject> {
  const subject = await loadSubject(folder, { cacheFolder: temporaryFolder(), provider: 'cpu' }, false, settings)
  onTestFinished(() => subject.release())
  return subject
}

/** Reads ids in one pass and token by token; both must give the logits. */
async function expectLogits(
  subject: Subject,
  ids: number[],
  logits: Vector[],
  also: (seen: Observed, feeding: Feeding) => void = () => undefined,
  reading: Reading = {},
): Promise<void> {
  for (const feeding of ['one pass', 'token by token'] as const) {
    const seen = await observe(subject, ids, feeding, reading)
    expect(relativeError(seen.values.get('logits'), Float32Array.from(logits.flat()))).toBeLessThan(1e-5)
    also(seen, feeding)
  }
}

/** The state that each token leaves with. */
const lasts = ({ states }: OuroRun, steps: number[]): Vector[] => steps.map((k, t) => states[k]![t]!)

/** How close the cdf comes to a threshold: float32 and float64 must not differ about it. */
const margin = ({ cdf }: OuroRun, q: number): number => Math.min(...cdf.flat().map((value) => Math.abs(value - q)))

const MODELS: [number, number, Fields][] = [
  [1, 0.5, {}],
  [2, 0.7, { total_ut_steps: 2, num_hidden_layers: 1 }],
  [3, 0.6, { total_ut_steps: 3, num_key_value_heads: 4, tie_word_embeddings: true }],
  [4, 0.8, { total_ut_steps: 6, num_hidden_layers: 1, num_attention_heads: 3, num_key_value_heads: 1, head_dim: 6 }],
  [5, 0.6, { num_hidden_layers: 3, hidden_size: 24, vocab_size: 9, rms_norm_eps: 1e-3, rope_theta: 50 }],
]

describe.each(MODELS)('a random Ouro %i at threshold %d, %j', (seed, q, fields) => {
  it('reads the step that the gate chooses, as the authors compute it', async () => {
    const { folder, model, ids } = build(seed, fields)
    const run = runOuro(model, ids, null, 'own')
    expect(margin(run, q)).toBeGreaterThan(1e-4)
    const steps = exitSteps(run, q)
    const subject = await load(folder, { early_exit_threshold: q, exit_computes_all: true })
    await expectLogits(subject, ids, ouroLogits(model, lasts(run, steps)), ({ values, kvRows }) => {
      const took = (k: number, t: number): number => values.get(`ran.${2 + 2 * k}`)?.[t] ?? 0
      const takes = steps.map((_, t) => run.states.reduce((sum, _state, k) => sum + took(k, t), 0))
      expect(takes).toEqual(steps.map((k) => k + 1))
      expect(new Set(kvRows)).toEqual(new Set([ids.length]))
    })
  })

  it.each(['latest', 'own'] as const)('stops where the gate says so, others see its %s K/V', async (cache) => {
    const { folder, model, ids } = build(seed, fields)
    const run = runOuro(model, ids, q, cache)
    expect(margin(run, q)).toBeGreaterThan(1e-4)
    const steps = exitSteps(run, q)
    expect(new Set(steps).size).toBeGreaterThan(1)
    const subject = await load(folder, { early_exit_threshold: q, exit_cache: cache })
    await expectLogits(subject, ids, ouroLogits(model, lasts(run, steps)), ({ values, kvRows }, feeding) => {
      expect([...values.get('depth')!]).toEqual(steps.map((k) => k + 1))
      for (let k = 0; k < model.steps; k++) {
        const reached = steps.filter((step) => step >= k).length
        const ran = values.get(`ran.${1 + k}`) ?? new Float32Array(ids.length)
        expect([...ran]).toEqual(steps.map((step) => (step >= k ? 1 : 0)))
        const rows = kvRows.slice(k * model.layers, (k + 1) * model.layers)
        // what is looked up of others is there once a token of the step has asked for it
        const last = feeding === 'one pass' ? ids.length : steps.findLastIndex((step) => step >= k) + 1
        const held = cache === 'own' || reached === 0 ? reached : last
        expect(rows).toEqual(rows.map(() => held))
      }
    })
  })

  it('reads one step, or the mean of all', async () => {
    const { folder, model, ids } = build(seed, fields)
    const run = runOuro(model, ids, null, 'own')
    for (const k of [0, model.steps - 1]) {
      const subject = await load(folder, { early_exit_step: k })
      expect(subject.plan.maxDepth).toBe(k + 1)
      await expectLogits(subject, ids, ouroLogits(model, run.states[k] as Vector[]))
    }
    const mean = ids.map((_, t) =>
      run.states[0]![t]!.map((_x, i) => run.states.reduce((sum, state, k) => sum + run.pdf[t]![k]! * state[t]![i]!, 0)),
    )
    const mixing = await load(folder, { early_exit_threshold: null, use_weighted_exit: true })
    await expectLogits(mixing, ids, ouroLogits(model, mean))
    const whole = await load(folder, { early_exit_threshold: null })
    await expectLogits(whole, ids, ouroLogits(model, run.states.at(-1) as Vector[]))
  })
})

describe('an Ouro', () => {
  it('may leave behind every step but the last, and says what its budget is', async () => {
    const { plan } = await prepared(copyOf('ouro'))
    expect(plan.visits.map(({ graph }) => graph)).toEqual(['enter', 'step', 'step', 'step', 'step', 'leave'])
    expect(plan.visits.map(({ cost }) => cost)).toEqual([0, 2, 2, 2, 2, 0])
    expect(plan.policy).toEqual({ kind: 'exit', count: 3, trained: -float32Below(1) })
    expect(plan.budget.adjustable).toBe(true)
    expect(plan.maxDepth).toBe(4)
    expect(Object.keys(plan.caches)).toHaveLength(8)
    expect(plan.visits[2]!.cache!.missing).toEqual(['step.0.0', 'step.0.1'])
  })

  it('leaves behind the first step at no budget, behind the last at a full one', async () => {
    const { folder, model, ids } = build(1, { early_exit_threshold: 0.5 })
    const subject = await load(folder)
    const run = runOuro(model, ids, null, 'own')
    for (const [step, threshold] of [
      [0, Infinity],
      [3, -Infinity],
    ] as const) {
      const logits = ouroLogits(model, run.states[step] as Vector[])
      await expectLogits(subject, ids, logits, () => undefined, { thresholds: () => [threshold, threshold, threshold] })
    }
  })

  it('leaves where the cdf is the threshold itself', async () => {
    const { folder, ids } = build(1, {})
    const scores = (await observe(await load(folder), ids, 'one pass')).values.get('out.1.next_score')!
    const q = -scores[4]!
    for (const [threshold, depth] of [
      [q, 1],
      [-float32Below(-q), 2],
      [q + 1e-12, 1],
    ] as const) {
      const settings = { early_exit_threshold: threshold }
      const { values } = await observe(await load(folder, settings), ids, 'one pass')
      expect(Math.min(2, values.get('depth')![4]!)).toBe(depth)
    }
  })

  it.each(['latest', 'own'])('stops alike where several sequences share its runs, K/V %s', async (cache) => {
    const { folder, ids } = build(1, { early_exit_threshold: 0.5, exit_cache: cache })
    const model = await prepared(folder)
    const graphs = await LoadedGraphs.load(model, { provider: 'cpu', threads: 1 })
    onTestFinished(() => graphs.release())
    const thresholds = trainedThresholds(model.plan.policy)!
    const read = async (runner: Runner, inputs: number[]): Promise<[logits: Float32Array, depths: number[]]> => {
      const sequence = sequenceOn(model.plan, graphs, runner)
      const depths: number[] = []
      for (const id of inputs.slice(0, -1)) depths.push(...(await sequence.append([id], thresholds, 'none')).depths)
      const last = await sequence.append(inputs.slice(-1), thresholds, 'all')
      return [last.logits!, [...depths, ...last.depths]]
    }
    const inputs = [ids, ids.toReversed(), ids.slice(2), [...ids, ...ids]]
    const batcher = new Batcher(model.plan, graphs)
    const together = await Promise.all(inputs.map((each) => read(batcher, each)))
    for (const [i, each] of inputs.entries()) {
      const [logits, depths] = await read(aloneOn(graphs), each)
      expect(together[i]![1]).toEqual(depths)
      expect(new Set(depths).size).toBeGreaterThan(1)
      expect(relativeError(together[i]![0], logits)).toBeLessThan(1e-5)
    }
  })

  it('takes a step before a threshold, and a threshold before the mean; a step that is none says nothing', async () => {
    const graphs = async (fields: Fields): Promise<[number, string]> => {
      const { plan } = await prepared(build(2, fields).folder)
      return [plan.visits.length, plan.policy.kind]
    }
    expect(await graphs({ early_exit_step: 2, early_exit_threshold: 0.5, use_weighted_exit: true })).toEqual([
      5,
      'fixed',
    ])
    expect(await graphs({ early_exit_threshold: 0.5, use_weighted_exit: true })).toEqual([6, 'exit'])
    expect(await graphs({ early_exit_step: 4 })).toEqual([6, 'exit'])
    expect(await graphs({ early_exit_step: -1 })).toEqual([6, 'exit'])
    expect(await graphs({ total_ut_steps: 1 })).toEqual([3, 'fixed'])
  })

  it.each<[string, string, (config: Fields) => void]>([
    ['MODEL_CONFIG', 'total_ut_steps', (c) => (c.total_ut_steps = 0)],
    ['MODEL_CONFIG', 'total_ut_steps', (c) => (c.total_ut_steps = 1e6)],
    ['MODEL_CONFIG', 'early_exit_threshold', (c) => (c.early_exit_threshold = 'high')],
    ['MODEL_CONFIG', 'early_exit_step', (c) => (c.early_exit_step = 1.5)],
    ['MODEL_CONFIG', 'exit_cache', (c) => (c.exit_cache = 'first')],
    ['MODEL_CONFIG', 'exit_computes_all', (c) => (c.exit_computes_all = 'yes')],
    ['MODEL_UNSUPPORTED', 'hidden_act', (c) => (c.hidden_act = 'gelu')],
    ['MODEL_UNSUPPORTED', 'use_sliding_window', (c) => (c.use_sliding_window = true)],
    ['MODEL_UNSUPPORTED', 'layer_types', (c) => (c.layer_types = ['full_attention', 'sliding_attention'])],
    ['MODEL_UNSUPPORTED', 'rope_scaling.rope_type', (c) => (c.rope_scaling = { type: 'yarn', factor: 4 })],
  ])('is refused with %s, naming %s', async (code, field, edit) => {
    const folder = copyOf('ouro')
    editJson(folder, 'config.json', edit)
    await refused(folder, code, field)
  })

  it('is refused without its gate or a norm', async () => {
    for (const name of ['model.early_exit_gate.weight', 'model.layers.1.post_attention_layernorm_2.weight']) {
      const folder = copyOf('ouro')
      editTensors(folder, (tensors) => tensors.delete(name))
      await refused(folder, 'MODEL_WEIGHTS', name)
    }
  })
})
