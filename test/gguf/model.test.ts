import { readFileSync, readdirSync, writeFileSync, cpSync } from 'node:fs'
import path from 'node:path'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { DEFAULT_SAMPLING } from '../../models/common/values.ts'
import { GgufSource } from '../../models/formats/gguf/source.ts'
import { ModelTokenizer } from '../../models/formats/tokenizer.ts'
import { ropeFrequencies } from '../../models/graphs/rope.ts'
import { CONSTANTS_FILE, WEIGHTS_FILE } from '../../models/plan/layout.ts'
import type { Plan } from '../../models/plan/plan.ts'
import { importModel } from '../../models/prepare/import.ts'
import { prepare } from '../../models/prepare/prepare.ts'
import { Engine } from '../../models/runtime/engine.ts'
import { FIXTURES } from '../families/support.ts'
import { mlpShapes, attentionShapes, modelFolder, randomTensors } from '../families/reference/random.ts'
import { temporaryFolder, TINY } from '../models/support.ts'
import type { Encode, Value } from './file.ts'
import { asFloats, asQ8, metadataOf, tensorsOf, tokenizerMetadata, writeGguf } from './file.ts'

type Config = Parameters<typeof metadataOf>[0]

function configOf(folder: string): Config {
  return JSON.parse(readFileSync(path.join(folder, 'config.json'), 'utf8')) as Config
}

/** A model folder as a GGUF file. */
function converted(folder: string, more: Record<string, Value> = {}, encode: Encode = asFloats): string {
  const config = configOf(folder)
  const file = path.join(temporaryFolder(), 'model.gguf')
  return writeGguf(file, { ...metadataOf(config), ...more }, tensorsOf(folder, config, encode))
}

async function prepared(source: string): Promise<{ plan: Plan; folder: string }> {
  return prepare(source, temporaryFolder(), 'fp32', undefined, { chat: false })
}

/** The small tokenizer's vocabulary in a Llama of random weights, with a context that its template fits into. */
function chatModel(): string {
  const sizes = { heads: 4, kvHeads: 2, headDim: 16 }
  const layer = (i: number): Record<string, number[]> => ({
    ...attentionShapes(`model.layers.${i}`, 64, sizes),
    ...mlpShapes(`model.layers.${i}`, 64, 96),
    [`model.layers.${i}.input_layernorm.weight`]: [64],
    [`model.layers.${i}.post_attention_layernorm.weight`]: [64],
  })
  const ends = { 'model.embed_tokens.weight': [4096, 64], 'model.norm.weight': [64] }
  const config = {
    model_type: 'llama',
    vocab_size: 4096,
    hidden_size: 64,
    intermediate_size: 96,
    num_hidden_layers: 2,
    num_attention_heads: 4,
    num_key_value_heads: 2,
    head_dim: 16,
    rms_norm_eps: 1e-5,
    max_position_embeddings: 256,
    rope_theta: 10_000,
    tie_word_embeddings: true,
    eos_token_id: 4,
  }
  const folder = modelFolder(config, randomTensors(7, { ...ends, ...layer(0), ...layer(1) }))
  for (const file of ['tokenizer.json', 'tokenizer_config.json']) cpSync(path.join(TINY, file), path.join(folder, file))
  return folder
}

describe('a GGUF file becomes what its folder becomes', () => {
  it.each(['dense-llama-tied', 'dense-qwen2', 'dense-qwen3'])('%s', async (name) => {
    const folder = path.join(FIXTURES, name)
    const [whole, one] = [await prepared(folder), await prepared(converted(folder))]
    const { id, name: called, endTokens } = one.plan
    expect(called).toBe('Tiny Dense')
    expect(one.plan).toEqual({ ...whole.plan, id, name: called, endTokens })
    for (const file of [WEIGHTS_FILE, CONSTANTS_FILE, 'model.onnx']) {
      expect(readFileSync(path.join(one.folder, file)).equals(readFileSync(path.join(whole.folder, file)))).toBe(true)
    }
  })

  it('with the frequencies of Llama 3, which a file has as factors', async () => {
    const folder = path.join(FIXTURES, 'dense-llama-untied-llama3rope')
    const config = configOf(folder)
    const rope = { ropeTheta: config.rope_theta! }
    const { rope_scaling: scaling } = config as unknown as { rope_scaling: Record<string, number> }
    const ropeScaling = {
      factor: scaling.factor!,
      lowFreqFactor: scaling.low_freq_factor!,
      highFreqFactor: scaling.high_freq_factor!,
      originalContext: scaling.original_max_position_embeddings!,
    }
    const headDim = config.head_dim ?? config.hidden_size / config.num_attention_heads
    const stretched = ropeFrequencies(headDim, { ...rope, ropeScaling })
    const factors = ropeFrequencies(headDim, rope).map((plain, i) => plain / stretched[i]!)
    expect(Math.max(...factors)).toBeGreaterThan(1)
    const file = path.join(temporaryFolder(), 'model.gguf')
    const tensor = { name: 'rope_freqs.weight', shape: [headDim / 2], ...asFloats('', factors) }
    writeGguf(file, metadataOf(config), [...tensorsOf(folder, config), tensor])
    const read = new GgufSource(file).raw('config.json') as { rope_scaling: { factors: number[] } }
    expect(ropeFrequencies(headDim, { ...rope, ropeFactors: read.rope_scaling.factors })).toEqual(
      stretched.map((_, i) => Math.fround(ropeFrequencies(headDim, rope)[i]! / factors[i]!)),
    )
    await expect(prepared(file)).resolves.toMatchObject({ plan: { family: 'llama' } })
    writeGguf(file, metadataOf(config), [
      ...tensorsOf(folder, config),
      { ...tensor, shape: [1], bytes: new Uint8Array(4) },
    ])
    await expect(prepared(file)).rejects.toMatchObject({ code: 'MODEL_CONFIG' })
  })
})

describe('rows of a GGUF file', () => {
  const folder = path.join(FIXTURES, 'dense-llama-tied')

  it.each([
    ['in floating point', asFloats],
    ['in 8 bits', asQ8],
  ])('are read without the others, %s', (_, encode) => {
    const weights = new GgufSource(converted(folder, {}, encode)).weights()
    for (const [name, { shape }] of weights.entries) {
      const whole = weights.readFloats(name, shape)
      const width = whole.length / shape[0]!
      for (const [from, count] of [
        [0, 1],
        [1, 2],
        [3, shape[0]! - 5],
      ] as const) {
        const some = weights.readRows(name, shape, from, count)
        expect(some).toEqual(whole.slice(from * width, (from + count) * width))
        const stored = weights.matrix(name)
        if (!stored) continue
        const { codes, scales } = stored.readRows(from, count)
        expect(Float32Array.from(codes, (code, i) => code * scales[Math.floor(i / 32)]!)).toEqual(some)
      }
      expect(weights.matrix(name) !== null).toBe(encode === asQ8 && shape.length === 2)
    }
    weights.close()
  })

  it('in 8 bits run as they are stored, and what was rounded again is told', async () => {
    const eight = converted(folder, {}, asQ8)
    const { plan, folder: at } = await prepare(eight, temporaryFolder(), 'int8', undefined, { chat: false })
    expect(plan.note).toBeUndefined()
    const stored = readFileSync(path.join(at, WEIGHTS_FILE))
    const weights = new GgufSource(eight).weights()
    const { codes } = weights
      .matrix('model.layers.0.mlp.down_proj.weight')!
      .readRows(0, weights.entries.get('model.layers.0.mlp.down_proj.weight')!.shape[0]!)
    weights.close()
    expect(stored.includes(Buffer.from(codes.map((code) => code + 128)))).toBe(true)
    const four = await prepare(eight, temporaryFolder(), 'int4', undefined, { chat: false })
    expect(four.plan.note).toMatch(/Q8_0/)
  })
})

describe('a GGUF file that chats', () => {
  const greedy = { ...DEFAULT_SAMPLING, temperature: 0, repetitionPenalty: 1, maxTokens: 24 }

  async function answer(modelFolder: string): Promise<number[]> {
    const request = { cacheFolder: temporaryFolder(), precision: 'fp32', provider: 'cpu' } as const
    const engine = await Engine.load({ ...request, modelFolder }, () => undefined)
    const generation = engine.generate([{ role: 'user', content: 'Hello! How are you?' }], greedy, 1, 100)
    while (!(await generation.prefill()));
    while (await generation.next());
    const { ids } = generation
    await engine.release()
    return [...ids]
  }

  it('answers as its folder does, also when it was imported', async () => {
    const folder = chatModel()
    const file = converted(folder, tokenizerMetadata(folder, 'smollm'))
    const expected = await answer(folder)
    expect(expected.length).toBeGreaterThan(4)
    expect(await answer(file)).toEqual(expected)
    const target = path.join(temporaryFolder(), 'imported')
    await importModel(file, target, 'fp32')
    expect(readdirSync(target)).toEqual(
      expect.arrayContaining(['plan.json', 'tokenizer.json', 'tokenizer_config.json']),
    )
    expect(await answer(target)).toEqual(expected)
  })

  it.each([
    ['llama-bpe', 'llama3'],
    ['qwen2', 'qwen2'],
    ['tekken', 'tekken'],
    ['smollm', 'own'],
  ])('splits texts by %s as the published tokenizers do', (pre, kind) => {
    const recorded = JSON.parse(
      gunzipSync(readFileSync(path.join(import.meta.dirname, '../models/tokenizers/recorded.json.gz'))).toString(),
    ) as { kinds: Record<string, { edit: Record<string, unknown> }> }
    const folder = chatModel()
    const own = JSON.parse(readFileSync(path.join(folder, 'tokenizer.json'), 'utf8')) as Record<string, unknown>
    const { ignore_merges: whole = false, ...edit } = recorded.kinds[kind]!.edit
    const model = { ...(own.model as object), ignore_merges: whole }
    writeFileSync(path.join(folder, 'tokenizer.json'), JSON.stringify({ ...own, ...edit, model }))
    const [one, other] = [converted(folder, tokenizerMetadata(folder, pre)), folder].map(
      (place) => new ModelTokenizer(place, 4096),
    )
    const text = "I'LL don't  \u0085\n\n 12345 ٣٤ \ufeff\ufeff½ naïve e\u0301 HelloWorld 中文 <|end|>\r\n\tx==1;"
    expect(one!.encodeText(text)).toEqual(other!.encodeText(text))
    const turns = [{ role: 'user', content: text }] as const
    expect(one!.encodeChat(turns, true)).toEqual(other!.encodeChat(turns, true))
    expect(one!.decode(one!.encodeText(text))).toBe(other!.decode(other!.encodeText(text)))
  })
})
