import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { compareFixture } from '../../models/parity/compare-fixture.ts'
import { worstOf } from '../../models/parity/report.ts'
import type { Plan } from '../../models/plan/plan.ts'
import { editJson, temporaryFolder, writeRaw } from '../models/support.ts'
import { copyOf, editTensors, prepared, refused } from './support.ts'

type Config = Record<string, unknown>

const edited = (fixture: string, edit: (config: Config) => void): string => {
  const folder = copyOf(fixture)
  editJson(folder, 'config.json', edit)
  return folder
}

/** The worst difference to what was recorded of a fixture. */
const error = async (folder: string): Promise<number> =>
  worstOf(await compareFixture(folder, { cacheFolder: temporaryFolder(), provider: 'cpu' }))

const planWith = async (generation: object, config: Config = {}): Promise<Plan> => {
  const folder = edited('dense-llama-tied', (c) => Object.assign(c, config))
  writeFileSync(path.join(folder, 'generation_config.json'), JSON.stringify(generation))
  return (await prepared(folder)).plan
}

describe('a folder as it is published', () => {
  it.each<[string, string, (config: Config) => void]>([
    [
      'null for what has a default',
      'dense-llama-tied',
      (c) =>
        Object.assign(c, {
          attention_bias: null,
          mlp_bias: null,
          hidden_act: null,
          partial_rotary_factor: null,
          rope_theta: null,
          rope_scaling: { rope_type: null, type: null, rope_theta: null },
        }),
    ],
    ['null for the tie flag and no head', 'dense-llama-tied', (c) => (c.tie_word_embeddings = null)],
    ['no tie flag and no head', 'dense-llama-tied', (c) => delete c.tie_word_embeddings],
    ['no tie flag and a head', 'dense-llama-untied-llama3rope', (c) => delete c.tie_word_embeddings],
    ['the other name of SiLU', 'dense-qwen2', (c) => (c.hidden_act = 'swish')],
    [
      'a window that no flag turns on',
      'dense-qwen2',
      (c) => {
        delete c.use_sliding_window
        c.sliding_window = 16
      },
    ],
    ['a window as long as the context', 'dense-mistral', (c) => (c.sliding_window = c.max_position_embeddings)],
    ['layers without RoPE by interval', 'dense-smollm3', (c) => delete c.no_rope_layers],
    [
      'layers without RoPE by default',
      'dense-smollm3',
      (c) => Object.assign(c, { no_rope_layers: null, no_rope_layer_interval: null }),
    ],
    [
      'RoPE by type of layer',
      'dense-smollm3',
      (c) => {
        c.rope_parameters = {
          full_attention: { rope_type: 'default', rope_theta: c.rope_theta },
          sliding_attention: { rope_type: 'default', rope_theta: 10_000 },
        }
        delete c.rope_theta
      },
    ],
  ])('computes what was recorded with %s', async (_, fixture, edit) => {
    expect(await error(edited(fixture, edit))).toBeLessThan(1e-5)
  })

  it.each<[string, string, (config: Config) => void]>([
    ['sliding_window', 'dense-mistral', (c) => (c.sliding_window = 64)],
    [
      'sliding_window',
      'dense-mistral',
      (c) => Object.assign(c, { sliding_window: undefined, max_position_embeddings: 8192 }),
    ],
    ['no_rope_layers', 'dense-llama-tied', (c) => (c.no_rope_layers = [1, 0])],
    [
      'rope_parameters.sliding_attention',
      'dense-qwen2',
      (c) => (c.rope_parameters = { sliding_attention: { rope_theta: 5 } }),
    ],
    ['quantization', 'dense-qwen3', (c) => (c.quantization = { group_size: 64, bits: 4 })],
  ])('is refused by name where it asks for another computation: %s', async (field, fixture, edit) => {
    await refused(edited(fixture, edit), 'MODEL_UNSUPPORTED', field)
  })

  it('is refused where layers without RoPE are listed for another number of layers', async () => {
    await refused(
      edited('dense-smollm3', (c) => (c.no_rope_layers = [1, 1, 0])),
      'MODEL_CONFIG',
      'no_rope_layers',
    )
  })

  it('may hold buffers of RoPE, which are no parameters', async () => {
    const folder = copyOf('dense-llama-tied')
    const { parameters } = (await prepared(folder)).plan
    editTensors(folder, (tensors) => {
      const buffer = { shape: [8], values: new Float32Array(8) }
      tensors.set('model.layers.0.self_attn.rotary_emb.inv_freq', buffer)
      tensors.set('model.rotary_emb.inv_freq', buffer)
    })
    expect((await prepared(folder)).plan.parameters).toBe(parameters)
  })

  it('is refused in one sentence where MLX has quantised it, also without a word in config.json', async () => {
    const folder = copyOf('dense-qwen2')
    const name = 'model.embed_tokens'
    const header = {
      [`${name}.weight`]: { dtype: 'U32', shape: [4, 2], data_offsets: [0, 32] },
      [`${name}.scales`]: { dtype: 'F16', shape: [4, 1], data_offsets: [32, 40] },
      [`${name}.biases`]: { dtype: 'F16', shape: [4, 1], data_offsets: [40, 48] },
    }
    writeRaw(path.join(folder, 'model.safetensors'), JSON.stringify(header), new Uint8Array(48))
    await refused(folder, 'MODEL_UNSUPPORTED', `${name}.weight`)
    await expect(prepared(folder)).rejects.toThrow(/^The weights are quantised for MLX, [^.]+\.$/)
  })

  it('is known by the first 60 characters of a long name, and by its folder where the name is empty', async () => {
    expect((await planWith({}, { name: 'n'.repeat(80) })).name).toBe(`${'n'.repeat(59)}…`)
    expect((await planWith({}, { name: '' })).name).toBe('model')
    expect((await planWith({}, { name: null })).name).toBe('model')
  })
})

describe('generation_config.json', () => {
  it('may say null, −1 or 0 for nothing', async () => {
    const silent = { temperature: null, top_p: null, do_sample: null, eos_token_id: null, num_hidden_layers: null }
    expect((await planWith(silent)).sampling).toEqual((await planWith({})).sampling)
    expect((await planWith({ top_k: -1, temperature: 0.6 })).sampling).toMatchObject({ topK: 0, temperature: 0.6 })
  })

  it('is greedy where it keeps nothing but the likeliest', async () => {
    expect((await planWith({ top_p: 0, temperature: 0.7 })).sampling).toMatchObject({ temperature: 0, topP: 1 })
  })

  it('names end tokens beside those of config.json; what lies outside the vocabulary is none', async () => {
    const { endTokens } = await planWith({ eos_token_id: [7, -1, 99_999] }, { eos_token_id: 3 })
    expect(endTokens).toEqual([3, 7])
    expect((await planWith({ eos_token_id: -1 }, { eos_token_id: 4_000_000 })).endTokens).toEqual([])
  })
})

describe('Nanbeige', () => {
  it('runs one loop more than weights of its losses, where these are listed', async () => {
    const plan = async (edit: (c: Config) => void): Promise<Plan> => (await prepared(edited('nanbeige', edit))).plan
    expect((await plan((c) => (c.loop_loss_weights = []))).maxDepth).toBe(2)
    expect((await plan((c) => (c.loop_loss_weights = [0.1, 0.2]))).maxDepth).toBe(3)
    await refused(
      edited('nanbeige', (c) => delete c.num_loops),
      'MODEL_CONFIG',
      'num_loops',
    )
  })

  it('is taken with the switches of its authors off, and refused with one on, by name', async () => {
    const off = { enable_mhc: false, emb_split_num: null, insert_ngram_layer_idx: [], loop_middle_layers: 0 }
    expect(await error(edited('nanbeige', (c) => Object.assign(c, off)))).toBeLessThan(1e-5)
    for (const [name, value] of [
      ['enable_double_loop_split', true],
      ['loop_share_kv', true],
      ['enable_hyper_connection', true],
      ['num_residual_streams', 4],
      ['qk_layernorm', true],
      ['insert_ngram_layer_idx', [2]],
      ['ngram_vocab_size_ratio', 1.5],
    ] as const) {
      await refused(
        edited('nanbeige', (c) => (c[name] = value)),
        'MODEL_UNSUPPORTED',
        name,
      )
    }
  })
})

describe('Ouro', () => {
  it('says that no token leaves early at the threshold of 1 that is published', async () => {
    const explained = async (q: number): Promise<string> =>
      (await prepared(edited('ouro', (c) => (c.early_exit_threshold = q)))).plan.budget.explanation
    expect(await explained(1)).toMatch(/no token leaves early\.$/)
    expect(await explained(0.5)).not.toMatch(/no token leaves early/)
  })
})
