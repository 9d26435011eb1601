import path from 'node:path'
import { benchFolder, FileStream, writtenOnce } from './files.ts'
import { RandomBits } from './random.ts'
import type { Shape } from './shapes.ts'
import { CONTEXT, EPSILON, layerMatrices, layersAt, ROPE_THETA } from './shapes.ts'

/** What llama.cpp calls its formats of 4 and 8 bits: blocks of 32 values with one float16 scale. */
export type Quantisation = 'Q4_0' | 'Q8_0'

/** Numbers that GGUF has for types of tensors. */
const TENSOR_TYPE = { F32: 0, Q4_0: 2, Q8_0: 8 } as const
/** Bytes of a block without its scale, and a scale that makes values as large as those of usual weights. */
const BLOCK = { Q4_0: { bytes: 16, scale: 0.005 }, Q8_0: { bytes: 32, scale: 0.0003 } } as const
const BLOCK_VALUES = 32
/** Numbers that GGUF has for types of values. */
const [U32, I32, F32, STRING, ARRAY] = [4, 5, 6, 8, 9]
const ALIGNMENT = 32
/** Kinds of tokens. */
const [NORMAL, CONTROL, BYTE] = [1, 3, 6]

interface Planned {
  name: string
  /** Rows × columns; a norm has one row. */
  rows: number
  cols: number
  type: keyof typeof TENSOR_TYPE
}

const PARTS: Readonly<Record<string, string>> = {
  'self_attn.q_proj': 'attn_q',
  'self_attn.k_proj': 'attn_k',
  'self_attn.v_proj': 'attn_v',
  'self_attn.o_proj': 'attn_output',
  'mlp.gate_proj': 'ffn_gate',
  'mlp.up_proj': 'ffn_up',
  'mlp.down_proj': 'ffn_down',
}

/** A GGUF file of random weights: a dense Llama with as many layers as a token runs at full depth. Written once. */
export function ggufOf(shape: Shape, type: Quantisation): string {
  return writtenOnce(path.join(benchFolder(), `${shape.name}.${type}.gguf`), (file) => {
    const layers = layersAt(shape, shape.recursions)
    const tensors = tensorsOf(shape, layers, type)
    const stream = new FileStream(file)
    stream.write(headOf(tensors, metadataOf(shape, layers)))
    stream.align(ALIGNMENT)
    const bits = new RandomBits(1)
    for (const tensor of tensors) {
      writeTensor(stream, tensor, bits)
      stream.align(ALIGNMENT)
    }
    stream.close()
  })
}

function tensorsOf(shape: Shape, layers: number, type: Quantisation): Planned[] {
  const norm = (name: string): Planned => ({ name, rows: 1, cols: shape.hidden, type: 'F32' })
  const layer = (_: unknown, l: number): Planned[] => [
    ...Object.entries(layerMatrices(shape)).map(([part, [rows, cols]]) => ({
      name: `blk.${l}.${PARTS[part]!}.weight`,
      rows,
      cols,
      type,
    })),
    norm(`blk.${l}.attn_norm.weight`),
    norm(`blk.${l}.ffn_norm.weight`),
  ]
  return [
    // without a tensor for the output, llama.cpp uses this one again
    { name: 'token_embd.weight', rows: shape.vocabulary, cols: shape.hidden, type },
    ...Array.from({ length: layers }, layer).flat(),
    norm('output_norm.weight'),
  ]
}

function byteLength({ rows, cols, type }: Planned): number {
  return type === 'F32' ? 4 * rows * cols : ((rows * cols) / BLOCK_VALUES) * (2 + BLOCK[type].bytes)
}

function writeTensor(stream: FileStream, tensor: Planned, bits: RandomBits): void {
  const { rows, cols, type } = tensor
  if (type === 'F32') {
    stream.write(new Float32Array(rows * cols).fill(1))
    return
  }
  const { bytes, scale } = BLOCK[type]
  const data = bits.bytes(byteLength(tensor))
  const half = new Uint8Array(Float16Array.of(scale).buffer)
  for (let at = 0; at < data.length; at += 2 + bytes) data.set(half, at)
  stream.write(data)
}

type Value = { type: number; bytes: Buffer }

function metadataOf(shape: Shape, layers: number): Record<string, Value> {
  // bytes first, as the tokenizer of llama.cpp wants every text to be writable
  const tokens = Array.from({ length: shape.vocabulary }, (_, i) => {
    if (i < 3) return ['<unk>', '<s>', '</s>'][i]!
    return i < 259 ? `<0x${(i - 3).toString(16).toUpperCase().padStart(2, '0')}>` : `t${i}`
  })
  const kinds = tokens.map((_, i) => (i < 3 ? CONTROL : i < 259 ? BYTE : NORMAL))
  return {
    'general.architecture': text('llama'),
    'general.name': text(shape.name),
    'llama.context_length': u32(CONTEXT),
    'llama.embedding_length': u32(shape.hidden),
    'llama.block_count': u32(layers),
    'llama.feed_forward_length': u32(shape.inner),
    'llama.attention.head_count': u32(shape.heads),
    'llama.attention.head_count_kv': u32(shape.kvHeads),
    'llama.attention.layer_norm_rms_epsilon': f32(EPSILON),
    'llama.rope.freq_base': f32(ROPE_THETA),
    'llama.rope.dimension_count': u32(shape.headDim),
    'llama.vocab_size': u32(shape.vocabulary),
    'tokenizer.ggml.model': text('llama'),
    'tokenizer.ggml.tokens': list(
      STRING,
      tokens.map((token) => string(token)),
    ),
    'tokenizer.ggml.scores': list(
      F32,
      tokens.map(() => f32(0).bytes),
    ),
    'tokenizer.ggml.token_type': list(
      I32,
      kinds.map((kind) => u32(kind).bytes),
    ),
    'tokenizer.ggml.unknown_token_id': u32(0),
    'tokenizer.ggml.bos_token_id': u32(1),
    'tokenizer.ggml.eos_token_id': u32(2),
  }
}

/** All that stands before the tensors' data. */
function headOf(tensors: readonly Planned[], metadata: Readonly<Record<string, Value>>): Buffer {
  const parts = [Buffer.from('GGUF'), u32(3).bytes, u64(tensors.length), u64(Object.keys(metadata).length)]
  for (const [key, { type, bytes }] of Object.entries(metadata)) parts.push(string(key), u32(type).bytes, bytes)
  let offset = 0
  for (const tensor of tensors) {
    const dims = tensor.rows === 1 ? [tensor.cols] : [tensor.cols, tensor.rows]
    parts.push(string(tensor.name), u32(dims.length).bytes, ...dims.map(u64))
    parts.push(u32(TENSOR_TYPE[tensor.type]).bytes, u64(offset))
    offset += Math.ceil(byteLength(tensor) / ALIGNMENT) * ALIGNMENT
  }
  return Buffer.concat(parts)
}

const number = (bytes: number, write: (buffer: Buffer) => void): Buffer => {
  const buffer = Buffer.alloc(bytes)
  write(buffer)
  return buffer
}
const u64 = (value: number): Buffer => number(8, (buffer) => buffer.writeBigUInt64LE(BigInt(value)))
const u32 = (value: number): Value => ({ type: U32, bytes: number(4, (buffer) => buffer.writeUInt32LE(value)) })
const f32 = (value: number): Value => ({ type: F32, bytes: number(4, (buffer) => buffer.writeFloatLE(value)) })
const string = (value: string): Buffer => Buffer.concat([u64(Buffer.byteLength(value)), Buffer.from(value)])
const text = (value: string): Value => ({ type: STRING, bytes: string(value) })
const list = (type: number, items: readonly Buffer[]): Value => ({
  type: ARRAY,
  bytes: Buffer.concat([u32(type).bytes, u64(items.length), ...items]),
})
