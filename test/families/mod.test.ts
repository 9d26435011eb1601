import { describe, expect, it, onTestFinished } from 'vitest'
import { FEEDINGS } from '../../models/parity/feeding.ts'
import { observe } from '../../models/parity/observe.ts'
import { loadSubject } from '../../models/parity/subject.ts'
import { relativeError } from '../../models/parity/report.ts'
import type { Reading } from '../../models/parity/reading.ts'
import { greatest } from '../../models/parity/rules.ts'
import { editJson, temporaryFolder } from '../models/support.ts'
import type { Mod } from './reference/mod.ts'
import { runMod } from './reference/mod.ts'
import { attentionShapes, modelFolder, randomIds, randomTensors } from './reference/random.ts'
import { copyOf, editTensors, prepared, refused } from './support.ts'

const SMALL = {
  model_type: 'mode_reference',
  mode_type: 'staged' as 'staged' | 'integrated',
  vocab_size: 40,
  hidden_size: 16,
  num_hidden_layers: 3,
  mod_layers: [1],
  mod_capacity: 0.5,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  head_dim: 4,
  moe_intermediate_size: 12,
  num_local_experts: 3,
  num_experts_per_tok: 2,
  norm_topk_prob: true,
  rms_norm_eps: 1e-5,
  rope_theta: 10000,
  max_position_embeddings: 64,
  tie_word_embeddings: true,
  predictor_hidden_size: 6,
  predictor_threshold: 0.5,
  noop_experts: 0,
  causal_rules: ['predictor', 'aux'],
}
type Config = typeof SMALL

const INTEGRATED: Partial<Config> = {
  mode_type: 'integrated',
  noop_experts: 1,
  causal_rules: ['predictor', 'token_choice'],
}

function build(seed: number, fields: Partial<Config>): { folder: string; model: Mod; ids: number[] } {
  const config: Config = { ...SMALL, ...fields }
  const { hidden_size: d, moe_intermediate_size: m, num_attention_heads: heads, head_dim: headDim } = config
  const kvHeads = config.num_key_value_heads
  const shapes: Record<string, number[]> = {
    'model.embed_tokens.weight': [config.vocab_size, d],
    'model.norm.weight': [d],
  }
  if (!config.tie_word_embeddings) shapes['lm_head.weight'] = [config.vocab_size, d]
  for (let i = 0; i < config.num_hidden_layers; i++) {
    const at = `model.layers.${i}`
    const routed = config.mod_layers.includes(i)
    for (const leaf of ['input_layernorm', 'post_attention_layernorm']) shapes[`${at}.${leaf}.weight`] = [d]
    Object.assign(shapes, attentionShapes(at, d, { heads, kvHeads, headDim }))
    const gates = config.num_local_experts + (routed ? config.noop_experts : 0)
    shapes[`${at}.block_sparse_moe.gate.weight`] = [gates, d]
    for (let e = 0; e < config.num_local_experts; e++) {
      shapes[`${at}.block_sparse_moe.experts.${e}.w1.weight`] = [m, d]
      shapes[`${at}.block_sparse_moe.experts.${e}.w3.weight`] = [m, d]
      shapes[`${at}.block_sparse_moe.experts.${e}.w2.weight`] = [d, m]
    }
    if (!routed) continue
    if (config.mode_type === 'staged') shapes[`${at}.mod_router.weight`] = [1, d]
    shapes[`${at}.mod_predictor.fc1.weight`] = [config.predictor_hidden_size, d]
    shapes[`${at}.mod_predictor.fc1.bias`] = [config.predictor_hidden_size]
    shapes[`${at}.mod_predictor.fc2.weight`] = [1, config.predictor_hidden_size]
    shapes[`${at}.mod_predictor.fc2.bias`] = [1]
  }
  const tensors = randomTensors(seed, shapes)
  const model = { config, sizes: { heads, kvHeads, headDim, theta: config.rope_theta }, tensors }
  return { folder: modelFolder(config, tensors), model, ids: randomIds(seed + 1, 12, config.vocab_size) }
}

const expectSame = (seed: number, fields: Partial<Config>, rule: string, residual = false): Promise<boolean[][]> =>
  expectReference(build(seed, fields), rule, residual)

async function expectReference(
  { folder, model, ids }: ReturnType<typeof build>,
  rule: string,
  residual = false,
): Promise<boolean[][]> {
  const expected = runMod(model, ids, rule, residual)
  const settings = { rule, f_with_residual: residual }
  const subject = await loadSubject(folder, { cacheFolder: temporaryFolder(), provider: 'cpu' }, false, settings)
  onTestFinished(() => subject.release())
  for (const feeding of rule === 'topk' ? (['one pass'] as const) : FEEDINGS) {
    const { values, kvRows } = await observe(subject, ids, feeding, rule === 'topk' ? ofTraining(model.config) : {})
    expect(relativeError(values.get('logits'), Float32Array.from(expected.logits.flat()))).toBeLessThan(1e-5)
    if (model.config.mode_type === 'staged') {
      const rows = Array.from({ length: model.config.num_hidden_layers }, (_, layer) => {
        const routed = model.config.mod_layers.indexOf(layer)
        return routed < 0 ? ids.length : expected.processed[routed]!.filter(Boolean).length
      })
      expect(kvRows).toEqual(rows)
    }
  }
  return expected.processed
}

/** The rule that looks at a whole text. */
function ofTraining({ mod_capacity: capacity }: Mod['config']): Reading {
  const rule = greatest('score', (candidates) => capacity * candidates)
  return { options: () => ({ rule }) }
}

describe('Mixture-of-Depths, staged', () => {
  it.each([
    ['one expert', { num_local_experts: 1, num_experts_per_tok: 1 }],
    ['three experts, two of them', {}],
    ['all experts, not renormalised', { num_experts_per_tok: 3, norm_topk_prob: false }],
    ['every layer routed', { mod_layers: [0, 1, 2] }],
    ['the last layer routed, with a head of its own', { mod_layers: [2], tie_word_embeddings: false }],
    ['another threshold', { mod_layers: [0, 2], predictor_threshold: 0.4 }],
    ['as many K/V heads as heads', { num_key_value_heads: 4, mod_layers: [1, 2] }],
  ] as [string, Partial<Config>][])('is computed as by hand: %s', async (_, fields) => {
    const decisions = [
      ...(await expectSame(31, fields, 'predictor')),
      ...(await expectSame(32, fields, 'aux')),
      ...(await expectSame(33, fields, 'predictor', true)),
      ...(await expectSame(34, { ...fields, mod_capacity: 0.3 }, 'topk')),
    ].flat()
    // tokens of both kinds, or nothing was tried
    expect(new Set(decisions)).toEqual(new Set([true, false]))
  })
})

describe('MoDE, integrated', () => {
  it.each([
    ['one of three experts or none', { num_experts_per_tok: 1, mod_layers: [0, 1, 2] }],
    ['two of three experts', { mod_layers: [1] }],
    ['not renormalised', { norm_topk_prob: false, mod_layers: [0, 2] }],
    ['a single expert or none', { num_local_experts: 1, num_experts_per_tok: 1, mod_layers: [1] }],
    ['a single expert and none', { num_local_experts: 1, num_experts_per_tok: 2, mod_layers: [1] }],
  ] as [string, Partial<Config>][])('is computed as by hand: %s', async (_, fields) => {
    await expectSame(41, { ...INTEGRATED, ...fields }, 'predictor')
    await expectSame(42, { ...INTEGRATED, ...fields }, 'token_choice')
    await expectSame(43, { ...INTEGRATED, ...fields, mod_capacity: 0.3 }, 'topk')
  })

  it('counts a layer for the tokens that chose experts there', async () => {
    const { folder, model, ids } = build(44, { ...INTEGRATED, num_experts_per_tok: 1, mod_layers: [0, 2] })
    const bench = { cacheFolder: temporaryFolder(), provider: 'cpu' } as const
    // taps of layers with a choice less lie beside those of others
    const subject = await loadSubject(folder, bench, true, { rule: 'token_choice' })
    onTestFinished(() => subject.release())
    const { processed } = runMod(model, ids, 'token_choice')
    expect(new Set(processed.flat()).size).toBe(2)
    const { values } = await observe(subject, ids, 'one pass')
    expect([...values.get('depth')!]).toEqual(ids.map((_, t) => 1 + processed.filter((layer) => layer[t]).length))
  })
})

describe('a decision that is close', () => {
  const zero = ({ model, folder, ids }: ReturnType<typeof build>, pattern: RegExp): ReturnType<typeof build> => {
    editTensors(folder, (tensors) => {
      for (const [name, { values }] of tensors) if (pattern.test(name)) values.fill(0)
    })
    for (const [name, { values }] of Object.entries(model.tensors)) if (pattern.test(name)) values.fill(0)
    return { model, folder, ids }
  }

  it.each([
    ['predictor', /fc2/],
    ['aux', /mod_router/],
  ])('lets no token in whose score of the %s is exactly the threshold', async (rule, pattern) => {
    const processed = await expectReference(zero(build(51, {}), pattern), rule)
    expect(processed.flat()).not.toContain(true)
  })

  it('falls to the first of equal experts', async () => {
    await expectReference(zero(build(52, {}), /moe\.gate/), 'predictor')
    await expectReference(zero(build(53, { ...INTEGRATED, num_experts_per_tok: 1 }), /moe\.gate/), 'token_choice')
  })
})

describe('a Mixture-of-Depths model', () => {
  it('has a budget of its routed layers, and none where there is no router', async () => {
    const { plan } = await prepared(copyOf('mode-staged'))
    expect(plan.budget.adjustable).toBe(true)
    expect(plan.policy).toMatchObject({ kind: 'quantile', capacities: [0.5, 0.5] })
    const plain = await prepared(build(3, { mod_layers: [] }).folder)
    expect(plain.plan.policy).toEqual({ kind: 'fixed' })
  })

  it.each([
    ['mod_layers', [1, 7]],
    ['mod_layers', [1, 1]],
    ['noop_experts', 1],
    ['num_experts_per_tok', 5],
    ['causal_rules', ['token_choice']],
    ['mod_capacity', 0],
    ['mode_type', 'mixed'],
  ])('is refused with %s %j, by name', async (field, value) => {
    const folder = copyOf('mode-staged')
    editJson(folder, 'config.json', (config) => (config[field] = value))
    await refused(folder, 'MODEL_CONFIG', field)
  })

  it('is refused with more than one no-op', async () => {
    const folder = copyOf('mode-integrated')
    editJson(folder, 'config.json', (config) => (config.noop_experts = 2))
    await refused(folder, 'MODEL_UNSUPPORTED', 'noop_experts')
  })

  it('needs a predictor only where a rule asks for one', async () => {
    const built = build(61, { causal_rules: ['aux'] })
    const without = (name: string): boolean => name.includes('mod_predictor')
    editTensors(built.folder, (tensors) => {
      for (const name of [...tensors.keys()].filter(without)) tensors.delete(name)
    })
    await expectReference(built, 'aux')
    editJson(built.folder, 'config.json', (config) => delete config.predictor_hidden_size)
    await expectReference(built, 'aux')
    editJson(built.folder, 'config.json', (config) => (config.causal_rules = ['aux', 'predictor']))
    await refused(built.folder, 'MODEL_CONFIG', 'predictor_hidden_size')
  })

  it.each([
    ['mode-integrated', 'model.layers.1.block_sparse_moe.gate.weight', [4, 32]],
    ['mode-staged', 'model.layers.1.block_sparse_moe.gate.weight', [5, 32]],
    ['mode-staged', 'model.layers.2.mod_router.weight', [2, 32]],
    ['mode-staged', 'model.layers.0.block_sparse_moe.experts.3.w2.weight', [32, 31]],
    ['mode-staged', 'model.layers.1.mod_predictor.fc1.bias', [15]],
  ])('is refused where %s has %s of another shape', async (fixture, name, shape) => {
    const folder = copyOf(fixture)
    editTensors(folder, (tensors) => {
      tensors.set(name, { shape, values: new Float32Array(shape.reduce((product, dim) => product * dim, 1)) })
    })
    await refused(folder, 'MODEL_WEIGHTS', name)
  })

  it.each(['model.layers.1.mod_router.weight', 'model.layers.2.mod_predictor.fc2.bias'])(
    'is refused without %s',
    async (name) => {
      const folder = copyOf('mod')
      editTensors(folder, (tensors) => tensors.delete(name))
      await refused(folder, 'MODEL_WEIGHTS', name)
    },
  )
})
