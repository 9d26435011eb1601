import { describe, expect, it, onTestFinished } from 'vitest'
import { observe } from '../../models/parity/observe.ts'
import { loadSubject } from '../../models/parity/subject.ts'
import { Generation } from '../../models/runtime/generation.ts'
import type { Turn } from '../../models/common/values.ts'
import { ChatTemplate } from '../../models/formats/chat-template.ts'
import { ModelTokenizer } from '../../models/formats/tokenizer.ts'
import { relativeError } from '../../models/parity/report.ts'
import { TINY, editJson, temporaryFolder, writeSafetensors } from '../models/support.ts'
import type { HrmText } from './reference/hrm-text.ts'
import { hrmLogits } from './reference/hrm-text.ts'
import type { Tensors } from './reference/llama.ts'
import { attentionShapes, mlpShapes, modelFolder, randomIds, randomTensors } from './reference/random.ts'
import { copyOf, editTensors, prepared, refused } from './support.ts'

/** Fields of a configuration, over those of a small model. */
type Fields = Record<string, unknown>

const SMALL = {
  model_type: 'hrm_text',
  vocab_size: 40,
  hidden_size: 16,
  intermediate_size: 24,
  num_hidden_layers: 8,
  num_layers_per_stack: 1 as number | null,
  num_attention_heads: 2,
  num_key_value_heads: 2,
  head_dim: 8,
  rms_norm_eps: 1e-6,
  max_position_embeddings: 64,
  rope_theta: 10000,
  H_cycles: 2,
  L_cycles: 3,
  L_bp_cycles: [2],
  embedding_scale: 2 as number | null,
  initializer_range: 0.1,
  prefix_lm: true,
  tie_word_embeddings: false,
}

function build(seed: number, fields: Fields): { folder: string; model: HrmText; ids: number[] } {
  const config: typeof SMALL = { ...SMALL, ...fields }
  const { hidden_size: d, intermediate_size: m, num_attention_heads: heads, head_dim: headDim } = config
  const { num_key_value_heads: kvHeads, H_cycles: high, L_cycles: low } = config
  const layers = config.num_layers_per_stack ?? config.num_hidden_layers
  const shapes: Record<string, number[]> = {
    'model.embed_tokens.weight': [config.vocab_size, d],
    'model.z_L_init': [d],
  }
  if (!config.tie_word_embeddings) shapes['lm_head.weight'] = [config.vocab_size, d]
  for (const module of ['H_module', 'L_module']) {
    for (let i = 0; i < layers; i++) {
      const at = `model.${module}.layers.${i}`
      Object.assign(shapes, attentionShapes(at, d, { heads, kvHeads, headDim }), mlpShapes(at, d, m))
      shapes[`${at}.self_attn.gate_proj.weight`] = [heads * headDim, d]
    }
  }
  const tensors = randomTensors(seed, shapes)
  const sizes = { heads, kvHeads, headDim, theta: config.rope_theta }
  const scale = config.embedding_scale ?? 1 / config.initializer_range
  const model = { sizes, layers, high, low, scale, epsilon: config.rms_norm_eps, tensors }
  return { folder: modelFolder(config, tensors), model, ids: randomIds(seed + 1, 9, config.vocab_size) }
}

/** The same weights as they are published: rows of several matrices in one. */
function published(tensors: Tensors): Tensors {
  const all: Tensors = {}
  const fuse = (name: string, parts: string[]): void => {
    const each = parts.map((part) => tensors[part]!)
    const rows = each.reduce((sum, { shape }) => sum + shape[0]!, 0)
    all[name] = {
      shape: [rows, each[0]!.shape[1]!],
      values: Float32Array.from(each.flatMap(({ values }) => [...values])),
    }
  }
  for (const [name, tensor] of Object.entries(tensors)) {
    const layer = /^(.*\.layers\.\d+)\.(.*)$/.exec(name)
    if (!layer) all[name] = tensor
    else if (layer[2] === 'self_attn.gate_proj.weight') {
      const parts = ['gate', 'q', 'k', 'v'].map((part) => `${layer[1]}.self_attn.${part}_proj.weight`)
      fuse(`${layer[1]}.attn.gqkv_proj.weight`, parts)
    } else if (layer[2] === 'mlp.gate_proj.weight') {
      fuse(`${layer[1]}.mlp.gate_up_proj.weight`, [name, `${layer[1]}.mlp.up_proj.weight`])
    } else if (layer[2] === 'self_attn.o_proj.weight') all[`${layer[1]}.attn.o_proj.weight`] = tensor
    else if (layer[2] === 'mlp.down_proj.weight') all[name] = tensor
  }
  return all
}

async function expectLogits(folder: string, model: HrmText, ids: number[]): Promise<void> {
  const subject = await loadSubject(folder, { cacheFolder: temporaryFolder(), provider: 'cpu' }, false)
  onTestFinished(() => subject.release())
  const expected = Float32Array.from(hrmLogits(model, ids).flat())
  for (const feeding of ['one pass', 'token by token'] as const) {
    const { values, kvRows } = await observe(subject, ids, feeding)
    expect(relativeError(values.get('logits'), expected)).toBeLessThan(1e-5)
    expect(new Set(values.get('depth'))).toEqual(new Set([model.high]))
    expect(kvRows).toEqual(Array<number>(model.layers * model.high * (model.low + 1)).fill(ids.length))
  }
  const half = Float32Array.from(hrmLogits(model, ids, 5).flat())
  const { values } = await observe(subject, ids, 'one pass', { options: () => ({ prefix: 5 }) })
  expect(relativeError(values.get('logits'), half)).toBeLessThan(1e-5)
  expect(relativeError(half, expected)).toBeGreaterThan(1e-3)
}

it('reads a prompt whole, its tokens seeing each other, where it was trained so, and then goes on causally', async () => {
  const { folder, model, ids } = build(6, { prefix_lm: true })
  const subject = await loadSubject(folder, { cacheFolder: temporaryFolder(), provider: 'cpu' }, false)
  onTestFinished(() => subject.release())
  const tokenizer = new ModelTokenizer(TINY, 4096)
  const sampling = { ...subject.plan.sampling, temperature: 0, repetitionPenalty: 1, maxTokens: 3 }
  const request = { prompt: ids, sampling, seed: 1, budget: 100 }
  const generation = new Generation(subject.plan, subject.sequence(), tokenizer, request)
  expect(await generation.prefill()).toBe(true)
  while (await generation.next());
  const expected = [...ids]
  for (let i = 0; i < 3; i++) {
    const last = hrmLogits(model, expected, ids.length).at(-1)!
    expected.push(last.indexOf(Math.max(...last)))
  }
  expect(generation.ids).toEqual(expected.slice(ids.length))
  const causal = hrmLogits(model, ids).at(-1)!
  expect(causal).not.toEqual(hrmLogits(model, ids, ids.length).at(-1)!)
})

const MODELS: [number, Fields][] = [
  [1, {}],
  [2, { H_cycles: 1, L_cycles: 1, num_layers_per_stack: 3, num_hidden_layers: 6, num_attention_heads: 4, head_dim: 4 }],
  [3, { H_cycles: 3, L_cycles: 2, num_layers_per_stack: null, num_hidden_layers: 2, tie_word_embeddings: true }],
  [
    4,
    { L_cycles: 0, num_hidden_layers: 2, num_attention_heads: 4, num_key_value_heads: 4, head_dim: 6, vocab_size: 7 },
  ],
  [5, { H_cycles: 2, L_cycles: 1, num_hidden_layers: 4, embedding_scale: null, rms_norm_eps: 1e-2, rope_theta: 30 }],
]

describe.each(MODELS)('a random HRM-Text %i, %j', (seed, fields) => {
  const config = { ...fields, num_key_value_heads: fields.num_key_value_heads ?? fields.num_attention_heads ?? 2 }

  it('computes what the formulas say', async () => {
    const { folder, model, ids } = build(seed, config)
    await expectLogits(folder, model, ids)
  })

  it('computes the same from the weights as they are published', async () => {
    const { folder, model, ids } = build(seed, config)
    const fused = published(model.tensors)
    expect(Object.keys(fused).length).toBeLessThan(Object.keys(model.tensors).length)
    writeSafetensors(`${folder}/model.safetensors`, fused)
    await expectLogits(folder, model, ids)
  })
})

describe('an HRM-Text', () => {
  it('runs its two stacks in turns, and says why its budget cannot be turned', async () => {
    const { plan } = await prepared(copyOf('hrm-text'))
    const cycle = ['fast', 'fast', 'fast', 'slow']
    expect(plan.visits.map(({ graph }) => graph)).toEqual(['enter', ...cycle, ...cycle, 'leave'])
    expect(plan.visits.filter(({ recursion }) => recursion)).toHaveLength(plan.maxDepth)
    expect(plan.budget).toMatchObject({ adjustable: false, explanation: expect.stringContaining('8 passes') as string })
    expect(Object.keys(plan.caches)).toHaveLength(8)
  })

  it('brings what stands around a prompt, as no folder of it does', async () => {
    const { plan } = await prepared(copyOf('hrm-text'))
    const template = new ChatTemplate(plan.chatTemplate!)
    const render = (...turns: Turn[]): string => template.render(turns, { add_generation_prompt: true })
    const envelope = (text: string): string => `<|im_start|><|quad_end|><|object_ref_end|>${text}<|im_end|>`
    const [one, two] = ['One?', 'Two?'].map((content): Turn => ({ role: 'user', content }))
    const answer: Turn = { role: 'assistant', content: 'Yes.' }
    expect(render(one!)).toBe(envelope('One?'))
    expect(render(one!, answer, two!)).toBe(envelope('Two?'))
    expect(render(two!, answer)).toBe(`${envelope('Two?')}Yes.<|box_end|>`)
    expect(render({ role: 'system', content: 'Be brief.' }, one!)).toBe(envelope('Be brief.\n\nOne?'))
  })

  it('shares keys and values among heads where the configuration says so', async () => {
    const { folder, model, ids } = build(6, { num_attention_heads: 4, num_key_value_heads: 2, head_dim: 4 })
    await expectLogits(folder, model, ids)
    writeSafetensors(`${folder}/model.safetensors`, published(model.tensors))
    await expectLogits(folder, model, ids)
  })

  it.each<[string, string, (config: Fields) => void]>([
    ['MODEL_CONFIG', 'num_hidden_layers', (c) => (c.num_hidden_layers = 7)],
    ['MODEL_CONFIG', 'H_cycles', (c) => (c.H_cycles = 0)],
    ['MODEL_CONFIG', 'L_cycles', (c) => (c.L_cycles = 1e6)],
    ['MODEL_CONFIG', 'embedding_scale', (c) => (c.embedding_scale = 'large')],
    ['MODEL_CONFIG', 'prefix_lm', (c) => (c.prefix_lm = 1)],
    ['MODEL_CONFIG', 'initializer_range', (c) => (c.initializer_range = 0)],
    ['MODEL_UNSUPPORTED', 'attention_bias', (c) => (c.attention_bias = true)],
    ['MODEL_UNSUPPORTED', 'hidden_act', (c) => (c.hidden_act = 'gelu')],
    ['MODEL_UNSUPPORTED', 'rope_parameters.rope_type', (c) => (c.rope_parameters = { rope_type: 'yarn' })],
    ['MODEL_UNSUPPORTED', 'quantization_config', (c) => (c.quantization_config = { bits: 4 })],
    [
      'MODEL_WEIGHTS',
      'model.L_module.layers.1.self_attn.gate_proj.weight',
      (c) => Object.assign(c, { num_layers_per_stack: 2, num_hidden_layers: 16 }),
    ],
  ])('is refused with %s, naming %s', async (code, field, edit) => {
    const folder = copyOf('hrm-text')
    editJson(folder, 'config.json', edit)
    await refused(folder, code, field)
  })

  it('is refused without its first state, or with a norm that it does not have', async () => {
    const folder = copyOf('hrm-text')
    editTensors(folder, (tensors) => tensors.delete('model.z_L_init'))
    await refused(folder, 'MODEL_WEIGHTS', 'model.z_L_init')
    const other = copyOf('hrm-text')
    const name = 'model.H_module.final_norm.weight'
    editTensors(other, (tensors) => tensors.set(name, { shape: [1], values: Float32Array.of(1) }))
    await refused(other, 'MODEL_WEIGHTS', name)
  })
})
