/** An architecture of GGUF (llama.cpp, src/llama-arch.cpp) that is known here, too. */
export interface Architecture {
  /** As config.json calls it. */
  modelType: string
  /** Whether rows of Q and K lie so that RoPE turns neighbours, where everything else here turns halves of a head. */
  neighbours: boolean
  /** Every so-manyth layer has no RoPE, which the file does not say. */
  everyNoRope?: number
}

export const ARCHITECTURES: ReadonlyMap<string, Architecture> = new Map([
  ['llama', { modelType: 'llama', neighbours: true }],
  ['qwen2', { modelType: 'qwen2', neighbours: false }],
  ['qwen3', { modelType: 'qwen3', neighbours: false }],
  ['smollm3', { modelType: 'smollm3', neighbours: true, everyNoRope: 4 }],
])

/** What turns slower than plain RoPE says, by pair: of Llama 3's stretching. */
export const ROPE_FACTORS = 'rope_freqs.weight'

const ENDS: Readonly<Record<string, string>> = {
  token_embd: 'model.embed_tokens',
  output_norm: 'model.norm',
  output: 'lm_head',
}
const PARTS: Readonly<Record<string, string>> = {
  attn_norm: 'input_layernorm',
  attn_q: 'self_attn.q_proj',
  attn_k: 'self_attn.k_proj',
  attn_v: 'self_attn.v_proj',
  attn_output: 'self_attn.o_proj',
  attn_q_norm: 'self_attn.q_norm',
  attn_k_norm: 'self_attn.k_norm',
  ffn_norm: 'post_attention_layernorm',
  ffn_gate: 'mlp.gate_proj',
  ffn_up: 'mlp.up_proj',
  ffn_down: 'mlp.down_proj',
}

/** What transformers calls a tensor of GGUF; its own name where it is none that is known. */
export function publishedName(name: string): string {
  const layer = /^blk\.(\d+)\.(\w+)\.(weight|bias)$/.exec(name)
  if (layer) {
    const [, index, part, leaf] = layer
    const found = Object.hasOwn(PARTS, part!) ? PARTS[part!] : undefined
    return found === undefined ? name : `model.layers.${index}.${found}.${leaf}`
  }
  const [end = '', leaf] = name.split('.')
  return leaf === 'weight' && Object.hasOwn(ENDS, end) ? `${ENDS[end]}.weight` : name
}

/** Whether a tensor's rows are those of queries or keys. */
export function turnedBy(name: string): 'queries' | 'keys' | null {
  const part = /^blk\.\d+\.attn_([qk])\.(weight|bias)$/.exec(name)?.[1]
  return part === 'q' ? 'queries' : part === 'k' ? 'keys' : null
}
