import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { DepthwiseError } from '../../models/common/errors.ts'
import { openSource } from '../../models/formats/model-source.ts'
import { ModelTokenizer } from '../../models/formats/tokenizer.ts'
import { prepare } from '../../models/prepare/prepare.ts'
import { FIXTURES } from '../families/support.ts'
import { temporaryFolder, TINY } from '../models/support.ts'
import { randomSource } from '../runtime/support.ts'
import type { Tensor, Value } from './file.ts'
import { ggufBytes, metadataOf, tensorsOf, tokenizerMetadata, TYPE } from './file.ts'

const folder = path.join(FIXTURES, 'dense-llama-tied')
const config = {
  model_type: 'llama',
  vocab_size: 256,
  hidden_size: 64,
  intermediate_size: 128,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  head_dim: 16,
  rms_norm_eps: 1e-5,
  max_position_embeddings: 512,
} as const
const metadata = metadataOf(config)
const tensors = tensorsOf(folder, config)

function fileOf(bytes: Uint8Array): string {
  const file = path.join(temporaryFolder(), 'model.gguf')
  writeFileSync(file, bytes)
  return file
}

function prepared(bytes: Uint8Array): Promise<unknown> {
  return prepare(fileOf(bytes), temporaryFolder(), 'fp32', undefined, { chat: false })
}

/** The tensors after a change of one. */
function changed(name: string, edit: (tensor: Tensor) => Partial<Tensor>): Tensor[] {
  return tensors.map((tensor) => (tensor.name === name ? { ...tensor, ...edit(tensor) } : tensor))
}

const without = (key: string): Record<string, Value> =>
  Object.fromEntries(Object.entries(metadata).filter(([name]) => name !== key))

describe('a GGUF file is refused in words', () => {
  it.each<[string, string, Uint8Array]>([
    ['that is none', 'MODEL_NOT_FOUND', Buffer.from('PK\x03\x04 something else')],
    ['that is empty', 'MODEL_NOT_FOUND', Buffer.alloc(0)],
    ['of a version to come', 'MODEL_UNSUPPORTED', ggufBytes(metadata, tensors, 9)],
    ['of the other byte order', 'MODEL_UNSUPPORTED', ggufBytes(metadata, tensors, 0x03000000)],
    ['that is cut', 'MODEL_WEIGHTS', ggufBytes(metadata, tensors).subarray(0, -200)],
    ['of which another file has the rest', 'MODEL_UNSUPPORTED', ggufBytes({ ...metadata, 'split.count': 3 }, tensors)],
    [
      'of another architecture',
      'MODEL_UNSUPPORTED',
      ggufBytes({ ...metadata, 'general.architecture': 'mamba' }, tensors),
    ],
    ['without a size', 'MODEL_CONFIG', ggufBytes(without('llama.block_count'), tensors)],
    ['with a text for a size', 'MODEL_CONFIG', ggufBytes({ ...metadata, 'llama.block_count': 'two' }, tensors)],
    ['with half a layer', 'MODEL_CONFIG', ggufBytes({ ...metadata, 'llama.block_count': 1.5 }, tensors)],
    ['with experts', 'MODEL_UNSUPPORTED', ggufBytes({ ...metadata, 'llama.expert_count': 8 }, tensors)],
    [
      'with RoPE over a part',
      'MODEL_UNSUPPORTED',
      ggufBytes({ ...metadata, 'llama.rope.dimension_count': 8 }, tensors),
    ],
    ['with YaRN', 'MODEL_UNSUPPORTED', ggufBytes({ ...metadata, 'llama.rope.scaling.type': 'yarn' }, tensors)],
    [
      'that lacks a tensor',
      'MODEL_WEIGHTS',
      ggufBytes(
        metadata,
        tensors.filter(({ name }) => name !== 'blk.0.attn_q.weight'),
      ),
    ],
    [
      'with a tensor too many',
      'MODEL_WEIGHTS',
      ggufBytes(metadata, [...tensors, { ...tensors[1]!, name: 'blk.0.more' }]),
    ],
    ['with a tensor twice', 'MODEL_WEIGHTS', ggufBytes(metadata, [...tensors, tensors[0]!])],
    [
      'of heads that do not divide',
      'MODEL_WEIGHTS',
      ggufBytes({ ...metadata, 'llama.attention.head_count': 5 }, tensors),
    ],
    [
      'with a type that is not read',
      'MODEL_UNSUPPORTED',
      ggufBytes(
        metadata,
        changed('blk.0.attn_q.weight', () => ({ type: 16 })),
      ),
    ],
    [
      'with rows that are no whole blocks',
      'MODEL_WEIGHTS',
      ggufBytes(
        metadata,
        changed('blk.0.attn_q.weight', () => ({ type: TYPE.Q6_K })),
      ),
    ],
    [
      'with a number that is none',
      'MODEL_WEIGHTS',
      ggufBytes(
        metadata,
        changed('blk.0.attn_q.weight', ({ bytes }) => ({ bytes: new Uint8Array(bytes).fill(0xff) })),
      ),
    ],
    [
      'with a tensor of a great shape',
      'MODEL_WEIGHTS',
      ggufBytes(
        metadata,
        changed('token_embd.weight', () => ({ shape: [2 ** 40, 2 ** 40] })),
      ),
    ],
  ])('%s', async (_, code, bytes) => {
    const error: unknown = await prepared(bytes).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(DepthwiseError)
    expect(error).toMatchObject({ code })
    expect((error as Error).message).toMatch(/^[A-Zc].*\.$/s)
  })

  it.each<[string, string, Record<string, Value>]>([
    ['no tokenizer', 'MODEL_TOKENIZER', { 'tokenizer.ggml.tokens': 5 }],
    ['another kind of tokenizer', 'MODEL_UNSUPPORTED', { 'tokenizer.ggml.model': 't5' }],
    ['an unknown way to split', 'MODEL_UNSUPPORTED', { 'tokenizer.ggml.pre': 'martian' }],
    ['no word about it', 'MODEL_UNSUPPORTED', { 'tokenizer.ggml.pre': 'default' }],
    ['merges of unknown tokens', 'MODEL_TOKENIZER', { 'tokenizer.ggml.merges': ['zzz yyy'] }],
    ['merges that are numbers', 'MODEL_CONFIG', { 'tokenizer.ggml.merges': { u32: [1, 2] } }],
    ['more tokens than the model', 'MODEL_TOKENIZER', {}],
  ])('for %s', (name, code, edit) => {
    const more = tokenizerMetadata(TINY, 'smollm')
    const none = name === 'no tokenizer' ? {} : more
    const all = { ...metadata, ...none, ...(name === 'no tokenizer' ? {} : edit) }
    const file = fileOf(ggufBytes(all, tensors))
    const vocabulary = Object.keys(edit).length === 0 && name !== 'no tokenizer' ? 256 : 4096
    expect(() => new ModelTokenizer(file, vocabulary)).toThrow(expect.objectContaining({ code }))
  })

  it('wherever it ends, and whatever byte is wrong', () => {
    const whole = ggufBytes(
      {
        ...metadata,
        ...tokenizerMetadata(TINY, 'smollm'),
        'tokenizer.ggml.tokens': ['a', 'b'],
        'tokenizer.ggml.merges': [],
      },
      tensors.slice(0, 3),
    )
    const header = whole.subarray(0, 40_000)
    const uniform = randomSource(3)
    for (let i = 0; i < 1500; i++) {
      const bytes = Buffer.from(i < 300 ? header.subarray(0, Math.floor(uniform() * 3000)) : header)
      for (let n = 0; i >= 300 && n <= i % 3; n++) {
        bytes[Math.floor(uniform() * 3000)] = [0, 0xff, 0x7f, 1, 9][Math.floor(uniform() * 5)]!
      }
      const file = fileOf(bytes)
      for (const part of [
        'config.json',
        'tokenizer.json',
        'tokenizer_config.json',
        'generation_config.json',
      ] as const) {
        try {
          openSource(file).raw(part, 'MODEL_CONFIG')
        } catch (error) {
          expect(error).toBeInstanceOf(DepthwiseError)
        }
      }
    }
  })
})
