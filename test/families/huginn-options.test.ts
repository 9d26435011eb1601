import * as v from 'valibot'
import { describe, expect, it, onTestFinished } from 'vitest'
import { loadSubject } from '../../models/parity/subject.ts'
import { relativeError } from '../../models/parity/report.ts'
import { trainedThresholds } from '../../models/runtime/budget/thresholds.ts'
import { LoadedGraphs } from '../../models/runtime/graphs.ts'
import { Batcher } from '../../models/runtime/passes/batcher.ts'
import { aloneOn } from '../../models/runtime/passes/alone.ts'
import type { Runner } from '../../models/runtime/passes/pass.ts'
import { sequenceOn } from '../../models/runtime/backend.ts'
import { checkHuginn, HuginnConfigSchema } from '../../models/families/huginn/config.ts'
import { recurrentRegisters, recurrentVisits } from '../../models/families/huginn/visits.ts'
import { prepare } from '../../models/prepare/prepare.ts'
import { editJson, temporaryFolder } from '../models/support.ts'
import type { Stops } from './reference/huginn.ts'
import type { Vector } from './reference/llama.ts'
import type { Settings } from './reference/random-huginn.ts'
import { build, expectSame, load, moved, never, RELEASED } from './reference/random-huginn.ts'
import { copyOf, refused } from './support.ts'

const LIMIT = 0.45
const change: Stops = (now, before) => moved(now, before) < LIMIT
const exit = { criterion: 'latent-diff', exit_threshold: LIMIT }

describe('look-ups of Huginn', () => {
  it.each([
    'skip',
    'available-m4',
    'always-last-m4',
    'latest-m4-compress-s4',
    'latest-m4-compress-s6',
    'latest-m4-compress-s7',
    'latest-m4-compress-s12',
    'available-m4-compress-s8',
    'skip-compress-s8',
    'latest-m4-compress-anchor',
    'latest-m4-compress-s3',
    'compress-s2',
  ])('give a token the rows that the authors give it: %s', async (lookup) => {
    const settings = { ...exit, num_steps: 11, cache_lookup_strategy: lookup }
    const steps = await expectSame(build(54, RELEASED), settings, change, ['token by token'])
    expect(new Set(steps).size).toBeGreaterThan(1)
  })

  it.each([
    'compress-s1',
    'compress-s5',
    'compress-s8',
    'compress-r1',
    'compress-r3',
    'compress-r4',
    'compress-anchor',
  ])('share slots, where every token takes all steps: %s', async (lookup) => {
    // many steps that see the last blocks of others magnify the rounding of float32
    const steps = lookup === 'compress-anchor' ? 10 : 3
    const settings = { criterion: null, num_steps: steps, cache_lookup_strategy: lookup }
    const model = build(61, RELEASED)
    await expectSame({ ...model, ids: model.ids.slice(0, 5) }, settings, never, ['token by token'])
    expect((await load(model.folder, settings)).plan.prompts).toBe('tokens')
  })

  it.each([
    'compress-s8',
    'full-compress-s8',
    'latest-m4-compress-r4',
    'always-last-m4-compress-s8',
    'latest-m4-compress-s0',
  ])('are refused where tokens that stop would be lost, or they say nothing: %s', async (lookup) => {
    const folder = copyOf('huginn-m4')
    editJson(folder, 'config.json', (config) => (config.cache_lookup_strategy = lookup))
    await refused(folder, 'MODEL_UNSUPPORTED', 'cache_lookup_strategy')
  })
})

describe('checks of Huginn', () => {
  /** A check behind step min + 1 and then behind every so many, against the state of the check before. */
  function sparse(first: number, every: number): Stops {
    let checked: Vector = []
    return (now, before, _, step) => {
      if (step === 1) checked = before
      if (step <= first || (step - 1 - first) % every !== 0) return false
      const stops = moved(now, checked) < LIMIT
      checked = now
      return stops
    }
  }

  it.each([
    [2, 1],
    [0, 3],
    [3, 2],
    [1, 4],
  ])('begin behind %i steps and come every %i', async (first, every) => {
    const settings = {
      ...exit,
      num_steps: 9,
      min_steps: first,
      check_criterion_every_n_steps: every,
      cache_lookup_strategy: 'full',
    }
    const steps = await expectSame(build(52, {}), settings, sparse(first, every))
    expect(new Set(steps).size).toBeGreaterThan(1)
    expect(Math.min(...steps)).toBeGreaterThan(first)
  })

  it('of what would be said begin later, too', async () => {
    let [before, count] = [-1, 0]
    const stops: Stops = (_now, _before, logits, step) => {
      if (step === 1) [before, count] = [-1, 0]
      if (step <= 2) return false
      const said = logits()
      const best = said.indexOf(Math.max(...said))
      count = best === before ? count + 1 : 0
      before = best
      return count >= 1
    }
    const settings = {
      ...{ num_steps: 7, criterion: 'argmax-stability', exit_threshold: 1.9, min_steps: 2 },
      cache_lookup_strategy: 'full',
    }
    const steps = await expectSame(build(55, {}), settings, stops, ['token by token'])
    expect(Math.min(...steps)).toBeGreaterThan(3)
  })

  it('are none for "none", or where they would come too late', async () => {
    for (const settings of [{ criterion: 'none' }, { min_steps: 5 }, { num_steps: 1 }]) {
      const { plan } = await load(build(52, {}).folder, settings)
      expect(plan.policy).toEqual({ kind: 'fixed' })
      expect(plan.budget.adjustable).toBe(false)
    }
  })

  it('have a threshold each, of which every later step asks the latest', async () => {
    const { plan } = await load(build(52, {}).folder, { num_steps: 7, min_steps: 1, check_criterion_every_n_steps: 2 })
    const asked = plan.visits.slice(1, -1).map(({ admission }) => admission.map(({ atLeast }) => atLeast))
    expect(asked).toEqual([[], [], [0], [0], [1], [1], [2]].map((of) => of.map((threshold) => ({ threshold }))))
    expect(plan.policy).toMatchObject({ kind: 'exit', count: 3 })
  })

  it.each<[string, string, Settings]>([
    ['MODEL_UNSUPPORTED', 'check_criterion_every_n_steps', { criterion: 'kl', check_criterion_every_n_steps: 3 }],
    ['MODEL_CONFIG', 'head_dim', { head_dim: 8 }],
    ['MODEL_CONFIG', 'num_attention_heads', { num_attention_heads: 2 }],
    ['MODEL_CONFIG', 'tie_word_embeddings', { tie_word_embeddings: false }],
    ['MODEL_CONFIG', 'padded_vocab_size', { padded_vocab_size: 20 }],
    ['MODEL_CONFIG', 'block_size', { block_size: 1_048_576, n_embd: 65_536, head_dim: null, init_values: null }],
    ['MODEL_CONFIG', 'exit_threshold', { exit_threshold: 'small' }],
    ['MODEL_CONFIG', 'num_steps', { num_steps: 0 }],
    ['MODEL_CONFIG', 'init_values.std', { init_values: { std: -1 } }],
  ])('are refused with %s, naming %s: %j', async (code, detail, settings) => {
    const folder = copyOf('huginn')
    const bench = { cacheFolder: temporaryFolder(), provider: 'cpu' } as const
    await expect(loadSubject(folder, bench, false, settings)).rejects.toMatchObject({ code, detail })
  })
})

describe('several sequences of Huginn', () => {
  it.each(['latest-m4', 'always-last-m4', 'latest-m4-compress-s8'])(
    'stop alike where they share runs, by %s',
    async (lookup) => {
      const { folder, ids } = build(54, RELEASED)
      const settings = { ...exit, num_steps: 8, cache_lookup_strategy: lookup }
      const model = await prepare(folder, temporaryFolder(), 'fp32', undefined, { chat: false, settings })
      const graphs = await LoadedGraphs.load(model, { provider: 'cpu', threads: 1 })
      onTestFinished(() => graphs.release())
      const read = async (runner: Runner, tokens: readonly number[]): Promise<[number[], Float32Array]> => {
        const sequence = sequenceOn(model.plan, graphs, runner)
        const depths: number[] = []
        let logits = new Float32Array(0)
        for (const token of tokens) {
          const result = await sequence.append([token], trainedThresholds(model.plan.policy)!, 'last')
          depths.push(...result.depths)
          logits = new Float32Array(result.logits!)
        }
        return [depths, logits]
      }
      const inputs = [ids, ids.toReversed(), ids.slice(2)]
      const batcher = new Batcher(model.plan, graphs)
      const together = await Promise.all(inputs.map((each) => read(batcher, each)))
      for (const [i, each] of inputs.entries()) {
        const [depths, logits] = await read(aloneOn(graphs), each)
        expect(together[i]![0]).toEqual(depths)
        expect(relativeError(together[i]![1], logits)).toBeLessThan(1e-5)
      }
    },
  )
})

describe('the released configuration', () => {
  it('is taken as it is', () => {
    const init_values = { std: 0.008703882797784892, out_proj: 0.0005356869554443541, embed_scale: 72.6636084983398 }
    const config = v.parse(HuginnConfigSchema, {
      ...{ architecture_class_name: 'RecurrentGPT', block_class_name: 'SandwichBlock', nonlin_name: 'SiLU' },
      ...{ n_embd: 5280, n_heads: 55, num_attention_heads: 55, num_key_value_heads: 55, head_dim: 96 },
      ...{ vocab_size: 65_536, padded_vocab_size: 65_536, block_size: 4096, intermediate_size: 17_920, init_values },
      ...{ n_layers: 8, n_layers_in_prelude: 2, n_layers_in_recurrent_block: 4, n_layers_in_coda: 2 },
      ...{ mean_recurrence: 32, norm_eps: 1e-6, rope_base: 50_000, qk_bias: true, test_time_noise_type: 'fixed' },
    })
    const checked = checkHuginn(config, 'huginn')
    expect(checked).toMatchObject({ steps: 32, lookup: 'latest-m4', heads: 55, vocabulary: 65_536 })
    expect(checked.exit).toMatchObject({ criterion: 'latent-diff', least: Math.fround(0.03) })
    const visits = recurrentVisits(checked)
    expect(visits).toHaveLength(34)
    expect(visits[32]!.cache).toMatchObject({
      slots: ['126', '127', '128', '129'],
      missing: ['122', '123', '124', '125'],
    })
    expect(recurrentRegisters(checked).state!.initial).toEqual({
      kind: 'normal',
      deviation: expect.closeTo(Math.sqrt(2 / 5), 6) as number,
      cut: 3,
    })
  })
})

describe('a first state of zeros', () => {
  it('has no direction, so that no token stops behind the first step by its cosine', async () => {
    const { folder, ids } = build(52, {})
    const subject = await load(folder, { init_scale: 0, criterion: 'cosine', exit_threshold: 1.5, num_steps: 3 })
    const { depths } = await subject.sequence().append(ids, [1.5, 1.5], 'last')
    expect([...depths]).toEqual(ids.map(() => 2))
  })
})
