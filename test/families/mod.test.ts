import { describe, expect, it, onTestFinished } from 'vitest'
import { loadSubject, observe } from '../../electron/cli/parity/observe.ts'
import { relativeError } from '../../electron/cli/parity/report.ts'
import { editJson, temporaryFolder } from '../models/support.ts'
import type { Mod } from './reference/mod.ts'
import { runMod } from './reference/mod.ts'
import { modelFolder, randomIds, randomTensors } from './reference/random.ts'
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
    shapes[`${at}.self_attn.q_proj.weight`] = [heads * headDim, d]
    shapes[`${at}.self_attn.k_proj.weight`] = [kvHeads * headDim, d]
    shapes[`${at}.self_attn.v_proj.weight`] = [kvHeads * headDim, d]
    shapes[`${at}.self_attn.o_proj.weight`] = [d, heads * headDim]
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

async function expectSame(seed: number, fields: Partial<Config>, rule: string, residual = false): Promise<boolean[][]> {
  const { folder, model, ids } = build(seed, fields)
  const expected = runMod(model, ids, rule, residual)
  const settings = { rule, f_with_residual: residual }
  const subject = await loadSubject(folder, { cacheFolder: temporaryFolder(), provider: 'cpu' }, false, settings)
  onTestFinished(() => subject.release())
  for (const feeding of ['one pass', 'token by token', 'uneven pieces'] as const) {
    const { values, kvRows } = await observe(subject, ids, feeding)
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
  ] as [string, Partial<Config>][])('is computed as by hand: %s', async (_, fields) => {
    await expectSame(41, { ...INTEGRATED, ...fields }, 'predictor')
    await expectSame(42, { ...INTEGRATED, ...fields }, 'token_choice')
  })
})

describe('a Mixture-of-Depths model', () => {
  it('has a budget of its routed layers, and none where there is no router', async () => {
    const { plan } = await prepared(copyOf('mode-staged'))
    expect(plan.budget.adjustable).toBe(true)
    expect(plan.pace).toMatchObject({ kind: 'quantile', capacities: [0.5, 0.5] })
    const plain = await prepared(build(3, { mod_layers: [] }).folder)
    expect(plain.plan.pace).toEqual({ kind: 'fixed' })
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

  it.each(['model.layers.1.mod_router.weight', 'model.layers.2.mod_predictor.fc2.bias'])(
    'is refused without %s',
    async (name) => {
      const folder = copyOf('mod')
      editTensors(folder, (tensors) => tensors.delete(name))
      await refused(folder, 'MODEL_WEIGHTS', name)
    },
  )
})
