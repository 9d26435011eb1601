import type { Architecture } from './architecture.ts'
import { ARCHITECTURES } from './architecture.ts'
import type { GgufHeader } from './header.ts'
import type { Metadata } from './metadata.ts'

/** The architecture of a file. @throws DepthwiseError MODEL_UNSUPPORTED */
export function architectureOf(metadata: Metadata): Architecture {
  const name = metadata.text('general.architecture') ?? '(none)'
  const found = ARCHITECTURES.get(name)
  if (found) return found
  const known = [...ARCHITECTURES.keys()].join(', ')
  const why = `files of architecture ${name.slice(0, 100)} are not read; known ones: ${known}`
  throw metadata.wrong('general.architecture', why, 'MODEL_UNSUPPORTED')
}

/**
 * What config.json of a model says, from a file's metadata.
 * @param factors what rope_freqs.weight holds, where it is there
 * @throws DepthwiseError MODEL_CONFIG, MODEL_UNSUPPORTED, naming the key
 */
export function configOf(header: GgufHeader, factors: Float32Array | null): Record<string, unknown> {
  const { metadata, tensors } = header
  const { modelType, everyNoRope } = architectureOf(metadata)
  const prefix = metadata.text('general.architecture')!
  const key = (name: string): string => `${prefix}.${name}`
  const sizes = {
    hidden: metadata.needed(key('embedding_length')),
    heads: metadata.needed(key('attention.head_count')),
  }
  const headDim = metadata.number(key('attention.key_length')) ?? sizes.hidden / sizes.heads
  refuseOthers(metadata, key, headDim)
  const layers = metadata.needed(key('block_count'))
  const table = tensors.find(({ name }) => name === 'token_embd.weight')
  return {
    model_type: modelType,
    ...nameOf(metadata),
    // the list of tokens may be shorter than the table
    vocab_size: table?.shape[0] ?? metadata.lengthOf('tokenizer.ggml.tokens') ?? 0,
    hidden_size: sizes.hidden,
    intermediate_size: metadata.needed(key('feed_forward_length')),
    num_hidden_layers: layers,
    num_attention_heads: sizes.heads,
    num_key_value_heads: metadata.number(key('attention.head_count_kv')) ?? sizes.heads,
    head_dim: headDim,
    rms_norm_eps: decimal(metadata.needed(key('attention.layer_norm_rms_epsilon'))),
    max_position_embeddings: metadata.needed(key('context_length')),
    rope_theta: metadata.number(key('rope.freq_base')) ?? 10_000,
    ...(factors && { rope_scaling: { rope_type: 'factors', factors: [...factors] } }),
    ...(everyNoRope !== undefined && {
      no_rope_layers: Array.from({ length: Math.min(layers, 1024) }, (_, i) => ((i + 1) % everyNoRope === 0 ? 0 : 1)),
    }),
    tie_word_embeddings: !tensors.some(({ name }) => name === 'output.weight'),
    eos_token_id: endTokens(metadata),
  }
}

/** How the makers recommend to sample, where they say so (general.sampling.* of newer files). */
export function generationOf(metadata: Metadata): Record<string, unknown> {
  const said = {
    temperature: metadata.number('general.sampling.temp'),
    top_k: metadata.number('general.sampling.top_k'),
    top_p: metadata.number('general.sampling.top_p'),
    min_p: metadata.number('general.sampling.min_p'),
    repetition_penalty: metadata.number('general.sampling.penalty_repeat'),
  }
  const values = Object.entries(said).filter(([, value]) => value !== undefined)
  return Object.fromEntries(values.map(([name, value]) => [name, decimal(value!)]))
}

/** What a file can ask for and is not done. @throws DepthwiseError MODEL_UNSUPPORTED */
function refuseOthers(metadata: Metadata, key: (name: string) => string, headDim: number): void {
  const refuse = (name: string, why: string): void => {
    throw metadata.wrong(key(name), why, 'MODEL_UNSUPPORTED')
  }
  const turned = metadata.number(key('rope.dimension_count')) ?? headDim
  if (turned !== headDim)
    refuse('rope.dimension_count', `RoPE over ${turned} of ${headDim} dimensions is not supported`)
  const values = metadata.number(key('attention.value_length')) ?? headDim
  if (values !== headDim) refuse('attention.value_length', `values of ${values} dimensions beside keys of ${headDim}`)
  const scaling = metadata.text(key('rope.scaling.type')) ?? 'none'
  const factor = metadata.number(key('rope.scaling.factor')) ?? metadata.number(key('rope.scale_linear')) ?? 1
  const plain = scaling === 'none' || (scaling === 'linear' && factor === 1)
  if (!plain || (scaling === 'none' && metadata.has(key('rope.scale_linear')) && factor !== 1)) {
    refuse('rope.scaling.type', `RoPE stretched by ${scaling} is not supported`)
  }
  for (const name of ['expert_count', 'attention.sliding_window']) {
    const value = metadata.number(key(name)) ?? 0
    if (value !== 0) refuse(name, `${value} is not supported`)
  }
}

/** Tokens that end an answer: the end of text, of a turn, of a message. */
function endTokens(metadata: Metadata): number[] {
  const keys = ['eos_token_id', 'eot_token_id', 'eom_token_id'].map((name) => `tokenizer.ggml.${name}`)
  return keys.flatMap((key) => metadata.number(key) ?? [])
}

function nameOf(metadata: Metadata): { name?: string } {
  const name = metadata.text('general.name')?.trim()
  return name ? { name: name.slice(0, 60) } : {}
}

/** A float32 as it was written before it was one: 0.00001, not 0.000009999999747. */
function decimal(value: number): number {
  return Number(value.toPrecision(7))
}
