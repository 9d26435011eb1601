import { describe, expect, it } from 'vitest'
import { Engine } from '../../models/runtime/engine.ts'
import { editJson, temporaryFolder } from '../models/support.ts'
import { copyOf, editTensors, prepared, refused } from './support.ts'

const edited = (fixture: string, edit: (config: Record<string, unknown>) => void): string => {
  const folder = copyOf(fixture)
  editJson(folder, 'config.json', edit)
  return folder
}

describe('a dense model', () => {
  it('is one visit of one graph, and says why its budget cannot be turned', async () => {
    const { plan } = await prepared(copyOf('dense-llama-tied'))
    expect(plan.visits.map(({ graph, cost }) => [graph, cost])).toEqual([['model', 2]])
    expect(plan.budget.adjustable).toBe(false)
    expect(plan.budget.explanation).toMatch(/2 layers/)
    expect(plan.forms.host.model!.outputs).toEqual(['new_keys', 'new_values', 'logits'])
  })

  it('counts a tied head once, stored again or not', async () => {
    const folder = copyOf('dense-llama-tied')
    const { parameters } = (await prepared(folder)).plan
    editTensors(folder, (tensors) => tensors.set('lm_head.weight', tensors.get('model.embed_tokens.weight')!))
    expect((await prepared(folder)).plan.parameters).toBe(parameters)
  })

  it('cannot be chatted with where it has no tokenizer', async () => {
    const request = { cacheFolder: temporaryFolder(), precision: 'fp32', provider: 'cpu' } as const
    const load = Engine.load({ modelFolder: copyOf('dense-llama-tied'), ...request }, () => undefined)
    await expect(load).rejects.toMatchObject({ code: 'MODEL_NOT_FOUND' })
  })

  it('takes heads from the hidden size, and as many K/V heads as heads, where the configuration is silent', async () => {
    const folder = edited('dense-qwen2', (c) => {
      delete c.head_dim
      c.num_attention_heads = 1
      delete c.num_key_value_heads
    })
    await refused(folder, 'MODEL_WEIGHTS', 'model.layers.0.self_attn.k_proj.weight')
  })

  it.each<[string, string, (config: Record<string, unknown>) => void]>([
    ['MODEL_UNSUPPORTED', 'hidden_act', (c) => (c.hidden_act = 'gelu')],
    ['MODEL_UNSUPPORTED', 'attention_bias', (c) => (c.attention_bias = true)],
    ['MODEL_UNSUPPORTED', 'mlp_bias', (c) => (c.mlp_bias = true)],
    ['MODEL_UNSUPPORTED', 'use_sliding_window', (c) => (c.use_sliding_window = true)],
    [
      'MODEL_UNSUPPORTED',
      'sliding_window',
      (c) => Object.assign(c, { sliding_window: 64, use_sliding_window: undefined }),
    ],
    ['MODEL_UNSUPPORTED', 'layer_types', (c) => (c.layer_types = ['full_attention', 'sliding_attention'])],
    ['MODEL_UNSUPPORTED', 'rope_scaling.rope_type', (c) => (c.rope_scaling = { rope_type: 'yarn', factor: 4 })],
    ['MODEL_UNSUPPORTED', 'rope_scaling.rope_type', (c) => (c.rope_scaling = { type: 'linear', factor: 4 })],
    ['MODEL_UNSUPPORTED', 'partial_rotary_factor', (c) => (c.partial_rotary_factor = 0.5)],
    [
      'MODEL_UNSUPPORTED',
      'quantization_config.quant_method',
      (c) => (c.quantization_config = { quant_method: 'gptq' }),
    ],
    ['MODEL_UNSUPPORTED', 'model_type', (c) => (c.model_type = 'mamba')],
    ['MODEL_UNSUPPORTED', 'model_type', (c) => delete c.model_type],
    ['MODEL_CONFIG', 'rope_scaling.factor', (c) => (c.rope_scaling = { rope_type: 'llama3' })],
    ['MODEL_CONFIG', 'rope_theta', (c) => (c.rope_parameters = { rope_type: 'default', rope_theta: 5 })],
    ['MODEL_CONFIG', 'rope_theta', (c) => (c.rope_theta = -1)],
    ['MODEL_CONFIG', 'num_key_value_heads', (c) => (c.num_key_value_heads = 3)],
    ['MODEL_CONFIG', 'num_attention_heads', (c) => Object.assign(c, { head_dim: undefined, num_attention_heads: 5 })],
    ['MODEL_CONFIG', 'head_dim', (c) => (c.head_dim = 15)],
    ['MODEL_CONFIG', 'num_hidden_layers', (c) => (c.num_hidden_layers = 1e9)],
    ['MODEL_CONFIG', 'hidden_size', (c) => (c.hidden_size = '64')],
    ['MODEL_CONFIG', 'rms_norm_eps', (c) => (c.rms_norm_eps = null)],
    ['MODEL_CONFIG', 'tie_word_embeddings', (c) => (c.tie_word_embeddings = 'yes')],
  ])('is refused with %s, naming %s', async (code, field, edit) => {
    await refused(edited('dense-llama-tied', edit), code, field)
  })

  it.each<[string, string, Parameters<typeof editTensors>[1]]>([
    ['a tensor missing', 'model.layers.1.mlp.up_proj.weight', (t) => t.delete('model.layers.1.mlp.up_proj.weight')],
    [
      'a tensor too many',
      'model.layers.2.mlp.up_proj.weight',
      (t) => t.set('model.layers.2.mlp.up_proj.weight', t.get('model.norm.weight')!),
    ],
    ['a tensor of another shape', 'model.norm.weight', (t) => (t.get('model.norm.weight')!.shape = [8, 8])],
    [
      'a weight that is no number',
      'model.layers.0.self_attn.q_proj.weight',
      (t) => (t.get('model.layers.0.self_attn.q_proj.weight')!.values[5] = NaN),
    ],
    [
      'a head that is not the embedding',
      'lm_head.weight',
      (t) => {
        const { shape, values } = t.get('model.embed_tokens.weight')!
        t.set('lm_head.weight', { shape, values: values.map((value, i) => (i === 9 ? value + 1 : value)) })
      },
    ],
  ])('is refused where it has %s', async (_, tensor, edit) => {
    const folder = copyOf('dense-llama-tied')
    editTensors(folder, edit)
    await refused(folder, 'MODEL_WEIGHTS', tensor)
  })

  it('needs a head of its own where the head is not tied', async () => {
    await refused(
      edited('dense-llama-tied', (c) => (c.tie_word_embeddings = false)),
      'MODEL_WEIGHTS',
      'lm_head.weight',
    )
  })
})
