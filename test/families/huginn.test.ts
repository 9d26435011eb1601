import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { observe } from '../../models/parity/observe.ts'
import { relativeError } from '../../models/parity/report.ts'
import { editJson } from '../models/support.ts'
import type { Stops } from './reference/huginn.ts'
import type { Vector } from './reference/llama.ts'
import type { Config } from './reference/random-huginn.ts'
import { build, expectSame, load, moved, never, RELEASED } from './reference/random-huginn.ts'
import { copyOf, editTensors, prepared, refused } from './support.ts'

describe('Huginn with a fixed number of steps', () => {
  it.each<[string, number, Partial<Config>]>([
    ['one step', 1, {}],
    ['four steps, two layers before and behind', 4, { n_layers_in_prelude: 2, n_layers_in_coda: 2 }],
    [
      'a single block without biases, a head of its own',
      5,
      { n_layers_in_recurrent_block: 1, qk_bias: false, tie_embeddings: false },
    ],
    ['the released topology, a bias of the adapter', 3, { ...RELEASED, n_heads: 2, bias: true }],
  ])('is computed as by hand: %s', async (_, steps, fields) => {
    await expectSame(build(51, fields), { num_steps: steps, criterion: null }, never)
  })
})

describe('Huginn with exits of each token', () => {
  const change: Stops = (now, before) => moved(now, before) < 0.45
  const turn: Stops = (now, before) =>
    1 - now.reduce((sum, x, i) => sum + x * before[i]!, 0) / Math.hypot(...now) / Math.hypot(...before) < 0.1

  it.each([52, 53])('stops by how far states move, alike in one pass and token by token (seed %i)', async (seed) => {
    const model = build(seed, {})
    const common = { num_steps: 8, cache_lookup_strategy: 'full' }
    const byLength = await expectSame(model, { ...common, criterion: 'latent-diff', exit_threshold: 0.45 }, change)
    expect(new Set(byLength).size).toBeGreaterThan(1)
    await expectSame(model, { ...common, criterion: 'cosine', exit_threshold: 0.1 }, turn)
  })

  it('sees of a token that stopped the deepest it left, on the released topology', async () => {
    const model = build(54, RELEASED)
    const settings = {
      num_steps: 8,
      criterion: 'latent-diff',
      exit_threshold: 0.45,
      cache_lookup_strategy: 'latest-m4',
    }
    expect(new Set(await expectSame(model, settings, change)).size).toBeGreaterThan(1)
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
    await expectSame(model, settings, stops, ['token by token'])
  })
})

/** As the authors' conversion of a dense model leaves it; 3 blocks a step, which their look-ups do not know. */
const RETROFITTED = {
  n_layers_in_recurrent_block: 3,
  n_heads: 2,
  num_key_value_heads: 1,
  qk_bias: false,
  tie_embeddings: false,
  init_values: { std: 0.008703882797784892, embed_scale: 1 },
}

describe.each([
  ['llama', RETROFITTED],
  ['olmo2', { ...RETROFITTED, head_dim: 4 }],
] as const)('a %s that was made recurrent', (layout, fields) => {
  it('lets every token stop for itself, and shows others the latest that it left', async () => {
    const model = build(59, fields, layout)
    const settings = { num_steps: 7, criterion: 'latent-diff', exit_threshold: 0.6, cache_lookup_strategy: 'latest' }
    const steps = await expectSame(model, settings, (now, before) => moved(now, before) < 0.6)
    expect(new Set(steps).size).toBeGreaterThan(1)
    const { plan } = await load(model.folder, {})
    expect(plan.policy).toMatchObject({ kind: 'exit' })
    expect(plan.visits[2]!.cache!.missing).toEqual(plan.visits[1]!.cache!.slots)
  })

  it('begins with the deviation that its configuration says, and has no end tokens of the released vocabulary', async () => {
    const { folder } = build(60, { ...fields, vocab_size: 65_600, n_layers_in_recurrent_block: 1 }, layout)
    const { plan } = await prepared(folder)
    expect(plan.registers.state!.initial).toEqual({ kind: 'normal', deviation: 0.008703882797784892, cut: 3 })
    expect(plan.endTokens).toEqual([])
  })

  it('is refused with biases of q and k, heads that do not go together, or another beginning', async () => {
    const { folder } = build(61, fields, layout)
    const given = (config: object) =>
      load(folder, config as Record<string, unknown>).then(
        () => null,
        (error: unknown) => error,
      )
    expect(await given({ qk_bias: true })).toMatchObject({ code: 'MODEL_UNSUPPORTED', detail: 'qk_bias' })
    expect(await given({ initial_state_mode: 'skip-adapter' })).toMatchObject({ detail: 'initial_state_mode' })
    expect(await given({ n_heads: 4, num_key_value_heads: 3 })).toMatchObject({ detail: 'num_key_value_heads' })
    expect(await given({ rope_scaling: { rope_type: 'yarn' } })).toMatchObject({ detail: 'rope_scaling.rope_type' })
  })
})

describe('a Huginn model', () => {
  it('begins with the same states however its tokens come, and has an exit of its own by default', async () => {
    const { folder, ids } = build(56, {})
    const subject = await load(folder, {})
    expect(subject.plan.policy).toEqual({ kind: 'exit', count: 5, trained: Math.fround(0.03) })
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
    ['cache_lookup_strategy', 'compress-s8'],
    ['do_not_exit_in_prefill', true],
    ['rope_scaling', { type: 'linear', factor: 2 }],
    ['initial_state_mode', 'embed-init'],
    ['test_time_noise', 0.1],
    ['num_key_value_heads', 1],
  ])('is refused with %s %j on another topology, by name', async (field, value) => {
    const folder = copyOf('huginn')
    editJson(folder, 'config.json', (config) => (config[field] = value))
    await refused(folder, 'MODEL_UNSUPPORTED', field)
  })

  it('is refused with a wrong buffer, without a norm, and with a criterion that is unknown', async () => {
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
