import { ggufBytes, TYPE } from '../gguf/file.ts'
import { damage } from './json.ts'
import type { Random } from './random.ts'

const tokens = ['<|end|>', 'a', 'b', 'ab', '<unk>']

/** A GGUF file of every kind of value and of some kinds of tensors, 2,000 bytes long. */
const whole = ggufBytes(
  {
    'general.architecture': 'llama',
    'general.name': 'small',
    'llama.block_count': 1,
    'llama.context_length': 16,
    'llama.embedding_length': 32,
    'llama.feed_forward_length': 32,
    'llama.attention.head_count': 2,
    'llama.attention.layer_norm_rms_epsilon': 0.000_01,
    'tokenizer.ggml.model': 'gpt2',
    'tokenizer.ggml.pre': 'smollm',
    'tokenizer.ggml.tokens': tokens,
    'tokenizer.ggml.token_type': { u32: [3, 1, 1, 1, 2] },
    'tokenizer.ggml.scores': { f32: [0, 0, 0, -1, 0] },
    'tokenizer.ggml.merges': ['a b'],
    'tokenizer.ggml.eos_token_id': 0,
    'tokenizer.ggml.add_bos_token': false,
    'tokenizer.chat_template': '{{ messages[0].content }}',
  },
  [
    { name: 'token_embd.weight', shape: [5, 32], type: TYPE.Q8_0, bytes: new Uint8Array(5 * 34).fill(1) },
    { name: 'blk.0.attn_q.weight', shape: [4, 32], type: TYPE.Q4_0, bytes: new Uint8Array(4 * 18).fill(2) },
    { name: 'blk.0.ffn_down.weight', shape: [2, 32], type: TYPE.Q4_1, bytes: new Uint8Array(2 * 20).fill(3) },
    { name: 'output_norm.weight', shape: [32], type: TYPE.F32, bytes: new Uint8Array(128) },
    { name: 'rope_freqs.weight', shape: [8], type: TYPE.F32, bytes: new Uint8Array(32).fill(64) },
  ],
)

/** That file after one or two changes: bytes, lengths, counts and types among them, as all are bytes. */
export function mutateGguf(random: Random): Buffer {
  let changed: Buffer = Buffer.from(whole)
  for (let i = 0, changes = 1 + random.below(2); i < changes; i++) {
    if (random.chance(0.3)) changed = damage(changed, random)
    else if (changed.length > 0) {
      const at = random.below(changed.length)
      changed[at] = random.pick([0, 1, 4, 8, 9, 0x7f, 0xff, changed[at]! + 1, changed[at]! - 1]) & 0xff
    }
  }
  return changed
}
