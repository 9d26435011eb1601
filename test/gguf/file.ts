import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { openWeights } from '../../models/formats/weights.ts'

/** A value of metadata: whole numbers are written as uint32, others as float32. */
export type Value =
  number | string | boolean | readonly string[] | { u32: readonly number[] } | { f32: readonly number[] }

export interface Tensor {
  name: string
  /** Rows first. */
  shape: readonly number[]
  /** GGUF's number. */
  type: number
  bytes: Uint8Array
}

const ALIGNMENT = 32
/** GGUF's numbers for types of values. */
const [U32, F32, BOOL, STRING, LIST] = [4, 6, 7, 8, 9]

/** The bytes of a GGUF file. */
export function ggufBytes(metadata: Readonly<Record<string, Value>>, tensors: readonly Tensor[], version = 3): Buffer {
  const parts = [Buffer.from('GGUF'), u32(version), u64(tensors.length), u64(Object.keys(metadata).length)]
  for (const [key, value] of Object.entries(metadata)) parts.push(text(key), ...typed(value))
  let offset = 0
  for (const { name, shape, type, bytes } of tensors) {
    parts.push(text(name), u32(shape.length), ...shape.toReversed().map(u64), u32(type), u64(offset))
    offset += aligned(bytes.length)
  }
  const head = Buffer.concat(parts)
  const padded = (bytes: Uint8Array): Buffer =>
    Buffer.concat([bytes, Buffer.alloc(aligned(bytes.length) - bytes.length)])
  return Buffer.concat([padded(head), ...tensors.map(({ bytes }) => padded(bytes))])
}

const aligned = (length: number): number => Math.ceil(length / ALIGNMENT) * ALIGNMENT
const u32 = (value: number): Buffer => Buffer.from(Uint32Array.of(value).buffer)
const u64 = (value: number): Buffer => Buffer.from(BigUint64Array.of(BigInt(value)).buffer)
const f32 = (value: number): Buffer => Buffer.from(Float32Array.of(value).buffer)
const text = (value: string): Buffer => Buffer.concat([u64(Buffer.byteLength(value)), Buffer.from(value)])

function typed(value: Value): Buffer[] {
  if (typeof value === 'boolean') return [u32(BOOL), Buffer.from([Number(value)])]
  if (typeof value === 'string') return [u32(STRING), text(value)]
  if (typeof value === 'number') return Number.isInteger(value) ? [u32(U32), u32(value)] : [u32(F32), f32(value)]
  if ('u32' in value) return [u32(LIST), u32(U32), u64(value.u32.length), ...value.u32.map(u32)]
  if ('f32' in value) return [u32(LIST), u32(F32), u64(value.f32.length), ...value.f32.map(f32)]
  return [u32(LIST), u32(STRING), u64(value.length), ...value.map(text)]
}

/** GGUF's numbers for the types of tensors that are written here. */
export const TYPE = { F32: 0, F16: 1, Q4_0: 2, Q4_1: 3, Q8_0: 8, Q6_K: 14 } as const

const NAMES: readonly [RegExp, string][] = [
  [/^model\.embed_tokens/, 'token_embd'],
  [/^model\.norm/, 'output_norm'],
  [/^lm_head/, 'output'],
  [/^model\.layers\.(\d+)\.input_layernorm/, 'blk.$1.attn_norm'],
  [/^model\.layers\.(\d+)\.post_attention_layernorm/, 'blk.$1.ffn_norm'],
  [/^model\.layers\.(\d+)\.self_attn\.o_proj/, 'blk.$1.attn_output'],
  [/^model\.layers\.(\d+)\.self_attn\.(q|k)_norm/, 'blk.$1.attn_$2_norm'],
  [/^model\.layers\.(\d+)\.self_attn\.(q|k|v)_proj/, 'blk.$1.attn_$2'],
  [/^model\.layers\.(\d+)\.mlp\.(gate|up|down)_proj/, 'blk.$1.ffn_$2'],
]

interface DenseConfig {
  model_type: 'llama' | 'qwen2' | 'qwen3'
  vocab_size: number
  hidden_size: number
  intermediate_size: number
  num_hidden_layers: number
  num_attention_heads: number
  num_key_value_heads: number
  head_dim?: number | null
  rms_norm_eps: number
  max_position_embeddings: number
  rope_theta?: number
}

/** What llama.cpp's converter would say of a dense model. */
export function metadataOf(config: DenseConfig): Record<string, Value> {
  const arch = config.model_type
  return {
    'general.architecture': arch,
    'general.name': 'Tiny Dense',
    [`${arch}.block_count`]: config.num_hidden_layers,
    [`${arch}.context_length`]: config.max_position_embeddings,
    [`${arch}.embedding_length`]: config.hidden_size,
    [`${arch}.feed_forward_length`]: config.intermediate_size,
    [`${arch}.attention.head_count`]: config.num_attention_heads,
    [`${arch}.attention.head_count_kv`]: config.num_key_value_heads,
    [`${arch}.attention.layer_norm_rms_epsilon`]: config.rms_norm_eps,
    ...(config.head_dim != null && { [`${arch}.attention.key_length`]: config.head_dim }),
    [`${arch}.rope.freq_base`]: config.rope_theta ?? 10_000,
  }
}

/** How a matrix is to be written. */
export type Encode = (name: string, values: Float32Array) => Pick<Tensor, 'type' | 'bytes'>

export const asFloats: Encode = (_, values) => ({
  type: TYPE.F32,
  bytes: new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
})

/** The tensors of a model folder as a converter writes them: rows of Q and K of a Llama so that RoPE turns neighbours. */
export function tensorsOf(folder: string, config: DenseConfig, encode: Encode = asFloats): Tensor[] {
  const weights = openWeights(folder)
  const tensors = [...weights.entries.values()].map(({ name, shape }) => {
    const [pattern, replacement] = NAMES.find(([pattern]) => pattern.test(name))!
    const own = name.replace(pattern, replacement)
    const values = weights.readFloats(name, shape)
    const heads = /attn_q\.w/.test(own)
      ? config.num_attention_heads
      : /attn_k\.w/.test(own)
        ? config.num_key_value_heads
        : 0
    const turned = config.model_type === 'llama' && heads > 0 ? neighbours(values, shape, heads) : values
    return { name: own, shape, ...(shape.length > 1 ? encode : asFloats)(own, turned) }
  })
  weights.close()
  return tensors
}

function neighbours(values: Float32Array, [rows, cols]: readonly number[], heads: number): Float32Array {
  const out = new Float32Array(values.length)
  const size = rows! / heads
  for (let row = 0; row < rows!; row++) {
    const inHead = row % size
    const to = row - inHead + 2 * (inHead % (size / 2)) + (inHead < size / 2 ? 0 : 1)
    out.set(values.subarray(row * cols!, (row + 1) * cols!), to * cols!)
  }
  return out
}

/** The tokenizer of a folder in GGUF's words. @param pre how it splits texts */
export function tokenizerMetadata(folder: string, pre: string): Record<string, Value> {
  interface Json {
    model: { vocab: Record<string, number>; merges: (string | [string, string])[] }
    added_tokens: { id: number; content: string }[]
  }
  const read = (file: string): unknown => JSON.parse(readFileSync(path.join(folder, file), 'utf8'))
  const { model, added_tokens } = read('tokenizer.json') as Json
  const config = read('tokenizer_config.json') as Record<string, string>
  const tokens: string[] = []
  for (const [token, id] of Object.entries(model.vocab)) tokens[id] = token
  for (const { id, content } of added_tokens) tokens[id] = content
  const control = new Set(added_tokens.map(({ id }) => id))
  return {
    'tokenizer.ggml.model': 'gpt2',
    'tokenizer.ggml.pre': pre,
    'tokenizer.ggml.tokens': tokens,
    'tokenizer.ggml.token_type': { u32: tokens.map((_, id) => (control.has(id) ? 3 : 1)) },
    'tokenizer.ggml.merges': model.merges.map((merge) => (typeof merge === 'string' ? merge : merge.join(' '))),
    'tokenizer.ggml.bos_token_id': tokens.indexOf(config.bos_token!),
    'tokenizer.ggml.eos_token_id': tokens.indexOf(config.eos_token!),
    'tokenizer.ggml.add_bos_token': true,
    'tokenizer.chat_template': config.chat_template!,
  }
}

/** 8 bits with a scale for every 32 values, as llama.cpp rounds. */
export const asQ8: Encode = (_, values) => {
  const bytes = new DataView(new ArrayBuffer((values.length / 32) * 34))
  for (let block = 0; block < values.length / 32; block++) {
    const part = values.subarray(32 * block, 32 * block + 32)
    const scale = part.reduce((most, value) => Math.max(most, Math.abs(value)), 0) / 127
    bytes.setFloat16(34 * block, scale, true)
    part.forEach((value, i) => {
      bytes.setInt8(34 * block + 2 + i, scale === 0 ? 0 : Math.round(value / scale))
    })
  }
  return { type: TYPE.Q8_0, bytes: new Uint8Array(bytes.buffer) }
}

export function writeGguf(file: string, metadata: Readonly<Record<string, Value>>, tensors: readonly Tensor[]): string {
  writeFileSync(file, ggufBytes(metadata, tensors))
  return file
}
