import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Subject } from '../../electron/cli/parity/observe.ts'
import { loadSubject, observe } from '../../electron/cli/parity/observe.ts'
import { relativeError } from '../../electron/cli/parity/report.ts'
import { editJson, temporaryFolder } from '../models/support.ts'
import type { Huginn, Stops } from './reference/huginn.ts'
import { runHuginn } from './reference/huginn.ts'
import type { Vector } from './reference/llama.ts'
import { modelFolder, randomIds, randomTensors } from './reference/random.ts'
import { copyOf, editTensors, prepared, refused } from './support.ts'

const SMALL = {
  model_type: 'huginn_raven',
  n_embd: 16,
  n_heads: 4,
  n_layers_in_prelude: 1,
  n_layers_in_recurrent_block: 2,
  n_layers_in_coda: 1,
  intermediate_size: 20,
  vocab_size: 30,
  block_size: 64,
  norm_eps: 1e-6,
  rope_base: 50_000,
  mean_recurrence: 6,
  tie_embeddings: true,
  qk_bias: true,
}
type Config = typeof SMALL
type Settings = Record<string, unknown>

function build(seed: number, fields: Partial<Config>): { folder: string; model: Huginn; ids: number[] } {
  const config: Config = { ...SMALL, ...fields }
  const { n_embd: d, n_heads: heads, intermediate_size: m } = config
  const shapes: Record<string, number[]> = {
    'transformer.wte.weight': [config.vocab_size, d],
    'transformer.adapter.weight': [d, 2 * d],
    'transformer.ln_f.weight': [d],
  }
  if (!config.tie_embeddings) shapes['lm_head.weight'] = [config.vocab_size, d]
  const parts = {
    prelude: config.n_layers_in_prelude,
    core_block: config.n_layers_in_recurrent_block,
    coda: config.n_layers_in_coda,
  }
  for (const [part, count] of Object.entries(parts)) {
    for (let i = 0; i < count; i++) {
      const at = `transformer.${part}.${i}`
      for (const n of [1, 2, 3, 4]) shapes[`${at}.norm_${n}.weight`] = [d]
      shapes[`${at}.attn.Wqkv.weight`] = [3 * d, d]
      if (config.qk_bias) shapes[`${at}.attn.qk_bias`] = [2, 1, heads, d / heads]
      shapes[`${at}.attn.proj.weight`] = [d, d]
      shapes[`${at}.mlp.fc.weight`] = [2 * m, d]
      shapes[`${at}.mlp.proj.weight`] = [d, m]
    }
  }
  const tensors = randomTensors(seed, shapes)
  const sizes = { heads, kvHeads: heads, headDim: d / heads, theta: config.rope_base }
  return {
    folder: modelFolder(config, tensors),
    model: { config, sizes, tensors },
    ids: randomIds(seed + 1, 9, config.vocab_size),
  }
}

/** A state of its own for every position, the same in the runtime and in the port. */
function firstState(position: number, width: number): Vector {
  return Array.from({ length: width }, (_, i) => Math.fround(Math.sin(7 * position + 3 * i + 1)))
}

async function load(folder: string, settings: Settings): Promise<Subject> {
  const subject = await loadSubject(folder, { cacheFolder: temporaryFolder(), provider: 'cpu' }, false, settings)
  onTestFinished(() => subject.release())
  return subject
}

async function expectSame(
  { folder, model, ids }: ReturnType<typeof build>,
  settings: Settings & { num_steps: number },
  stops: Stops,
  latest: boolean,
  feedings: readonly ('one pass' | 'token by token' | 'uneven pieces')[] = [
    'one pass',
    'token by token',
    'uneven pieces',
  ],
): Promise<number[]> {
  const width = model.config.n_embd
  const expected = runHuginn(model, ids, (position) => firstState(position, width), settings.num_steps, stops, latest)
  const subject = await load(folder, settings)
  const options = () => ({
    initial: (name: string, position: number) =>
      name === 'state' ? Float32Array.from(firstState(position, width)) : null,
  })
  for (const feeding of feedings) {
    const { values } = await observe(subject, ids, feeding, { options })
    expect([...values.get('depth')!]).toEqual(expected.steps)
    expect(relativeError(values.get('logits'), Float32Array.from(expected.logits.flat()))).toBeLessThan(3e-5)
  }
  return expected.steps
}

const length = (x: Vector): number => Math.hypot(...x)
const never: Stops = () => false

describe('Huginn with a fixed number of steps', () => {
  it.each<[string, number, Partial<Config>]>([
    ['one step', 1, {}],
    ['four steps, two layers before and behind', 4, { n_layers_in_prelude: 2, n_layers_in_coda: 2 }],
    [
      'a single block without biases, a head of its own',
      5,
      { n_layers_in_recurrent_block: 1, qk_bias: false, tie_embeddings: false },
    ],
    [
      'the released topology',
      3,
      { n_layers_in_prelude: 2, n_layers_in_recurrent_block: 4, n_layers_in_coda: 2, n_heads: 2 },
    ],
  ])('is computed as by hand: %s', async (_, steps, fields) => {
    await expectSame(build(51, fields), { num_steps: steps, criterion: null }, never, false)
  })
})

describe('Huginn with exits of each token', () => {
  const change: Stops = (now, before) => length(now.map((x, i) => x - before[i]!)) / length(now) < 0.45
  const turn: Stops = (now, before) =>
    1 - now.reduce((sum, x, i) => sum + x * before[i]!, 0) / length(now) / length(before) < 0.1

  it.each([52, 53])('stops by how far states move, alike in one pass and token by token (seed %i)', async (seed) => {
    const model = build(seed, {})
    const common = { num_steps: 8, cache_lookup_strategy: 'full' }
    const byLength = await expectSame(
      model,
      { ...common, criterion: 'latent-diff', exit_threshold: 0.45 },
      change,
      false,
    )
    expect(new Set(byLength).size).toBeGreaterThan(1)
    await expectSame(model, { ...common, criterion: 'cosine', exit_threshold: 0.1 }, turn, false)
  })

  it('sees of a token that stopped the deepest it left, on the released topology', async () => {
    const model = build(54, { n_layers_in_prelude: 2, n_layers_in_recurrent_block: 4, n_layers_in_coda: 2 })
    const settings = { num_steps: 8, criterion: 'latent-diff', exit_threshold: 0.45 }
    expect(new Set(await expectSame(model, settings, change, true)).size).toBeGreaterThan(1)
  })

  it.each([
    ['kl', 0.2],
    ['minp-kl', 0.05],
    ['entropy-diff', 0.1],
    ['argmax-stability', 2],
  ] as const)('stops by what it would say: %s', async (criterion, threshold) => {
    const model = build(55, {})
    let memory: Vector = []
    let count = 0
    const stops: Stops = (_now, _before, logits, step) => {
      const said = logits()
      const top = Math.max(...said)
      const mass = said.reduce((sum, x) => sum + Math.exp(x - top), 0)
      const p = said.map((x) => Math.exp(x - top) / mass)
      const before = step === 1 ? null : memory
      if (criterion === 'argmax-stability') {
        const best = said.indexOf(top)
        count = before?.[0] === best ? count + 1 : 0
        memory = [best]
        return count >= threshold
      }
      if (criterion === 'entropy-diff') {
        const entropy = -p.reduce((sum, x) => sum + x * Math.log(x + 1e-10), 0)
        const value = Math.abs(entropy - (before?.[0] ?? 100))
        memory = [entropy]
        return value < threshold
      }
      const cut = criterion === 'minp-kl' ? p.map((x) => (x < 0.1 * Math.max(...p) ? 1 / p.length : x)) : p
      const sum = cut.reduce((all, x) => all + x, 0)
      const log = cut.map((x) => Math.log(x / sum))
      const value = log.reduce((all, now, i) => {
        const then = before?.[i] ?? -Math.log(p.length)
        return all + Math.exp(then) * (then - now)
      }, 0)
      memory = log
      return value < threshold
    }
    // what others would say depends on how far they go, so tokens come one by one
    const settings = { num_steps: 6, criterion, exit_threshold: threshold, cache_lookup_strategy: 'full' }
    await expectSame(model, settings, stops, false, ['token by token'])
  })
})

describe('a Huginn model', () => {
  it('begins with the same states however its tokens come, and has an exit of its own by default', async () => {
    const { folder, ids } = build(56, {})
    const subject = await load(folder, {})
    expect(subject.plan.pace).toEqual({ kind: 'exit', count: 5, trained: 0.03 })
    expect(subject.plan.budget.adjustable).toBe(true)
    const whole = await observe(subject, ids, 'one pass')
    const single = await observe(subject, ids, 'token by token')
    expect(relativeError(single.values.get('logits'), whole.values.get('logits')!)).toBeLessThan(1e-5)
    const { initial } = subject.plan.registers.state!
    expect(initial).toMatchObject({ kind: 'normal', cut: 3 })
  })

  it.each<[string, unknown]>([
    ['cache_lookup_strategy', 'randomized'],
    ['cache_lookup_strategy', 'latest-m4'],
    ['nonlin_name', 'GELU'],
    ['injection_type', 'gate'],
    ['min_steps', 2],
    ['check_criterion_every_n_steps', 3],
    ['bias', true],
    ['num_key_value_heads', 1],
  ])('is refused with %s %j on another topology, by name', async (field, value) => {
    const folder = copyOf('huginn')
    editJson(folder, 'config.json', (config) => (config[field] = value))
    await refused(folder, 'MODEL_UNSUPPORTED', field)
  })

  it('is refused with a wrong buffer, without a norm, and with a criterion that nobody knows', async () => {
    const wrong = copyOf('huginn')
    editTensors(wrong, (tensors) => (tensors.get('freqs_cis')!.shape = [1, 64, 2, 8, 2]))
    await refused(wrong, 'MODEL_WEIGHTS', 'freqs_cis')
    const lacking = copyOf('huginn')
    editTensors(lacking, (tensors) => tensors.delete('transformer.core_block.1.norm_4.weight'))
    await refused(lacking, 'MODEL_WEIGHTS', 'transformer.core_block.1.norm_4.weight')
    const unknown = copyOf('huginn')
    editJson(unknown, 'config.json', (config) => (config.criterion = 'mood'))
    await refused(unknown, 'MODEL_CONFIG', 'criterion')
  })

  it('reads prompts token by token where an exit depends on what is said', async () => {
    const { folder } = build(58, {})
    expect((await prepared(folder)).plan.prompts).toBe('chunks')
    editJson(folder, 'config.json', (config) => (config.criterion = 'kl'))
    expect((await prepared(folder)).plan.prompts).toBe('tokens')
  })

  it('takes its steps from generation_config.json where it is given', async () => {
    const { folder } = build(57, {})
    writeFileSync(path.join(folder, 'generation_config.json'), JSON.stringify({ num_steps: 3 }))
    const { plan } = await prepared(folder)
    expect(plan.maxDepth).toBe(3)
  })
})
