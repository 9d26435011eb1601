import { readFileSync } from 'node:fs'
import path from 'node:path'

const FIXTURES = path.resolve('test/fixtures')

const fixture = (name: string): Record<string, unknown> =>
  JSON.parse(readFileSync(path.join(FIXTURES, name, 'config.json'), 'utf8')) as Record<string, unknown>

const llama = { ...fixture('dense-llama-tied'), head_dim: null, rope_parameters: undefined }

/** MoR with the block of a published size in the middle, and a layer before and behind it. */
function mor(name: string, hidden: number, heads: number, kvHeads: number, inner: number, block: number): object {
  const config = fixture(name) as { architecture: object; recursion: { num_recursions: number } }
  const times = config.recursion.num_recursions
  const middle = Array.from({ length: times * block }, (_, i) => 1 + (i % block))
  const unrolled = [0, ...middle, block + 1]
  const prefixes = unrolled.map((place) => `model.layers.${place}`)
  return {
    ...config,
    architecture: {
      ...config.architecture,
      hidden_size: hidden,
      intermediate_size: inner,
      num_attention_heads: heads,
      num_key_value_heads: kvHeads,
      head_dim: 64,
      vocab_size: 49_152,
      max_position_embeddings: 2048,
    },
    recursion: {
      ...config.recursion,
      block_depth: block,
      unrolled_layers: unrolled.length,
      unrolled_to_physical: unrolled,
    },
    weights: { ...(config as { weights?: object }).weights, unrolled_layer_prefixes: prefixes },
  }
}

/** Configurations at their published sizes, one of every family whose K/V can stay on a device. */
export const PUBLISHED: Record<string, object> = {
  'SmolLM2-135M': { ...llama, ...sizes(576, 1536, 30, 9, 3, 49_152, 8192), tie_word_embeddings: true },
  'SmolLM2-1.7B': { ...llama, ...sizes(2048, 8192, 24, 32, 32, 49_152, 8192), tie_word_embeddings: true },
  'Llama-3.2-1B': { ...llama, ...sizes(2048, 8192, 16, 32, 8, 128_256, 131_072), tie_word_embeddings: true },
  'Qwen2.5-0.5B': {
    ...fixture('dense-qwen2'),
    ...sizes(896, 4864, 24, 14, 2, 151_936, 32_768),
    tie_word_embeddings: true,
  },
  'Qwen3-0.6B': { ...fixture('dense-qwen3'), ...sizes(1024, 3072, 28, 16, 8, 151_936, 40_960), head_dim: 128 },
  'Ouro-1.4B': { ...fixture('ouro'), ...sizes(2048, 5632, 24, 16, 16, 49_152, 65_536), head_dim: 128 },
  'Ouro-2.6B': { ...fixture('ouro'), ...sizes(2048, 5632, 48, 16, 16, 49_152, 65_536), head_dim: 128 },
  'Nanbeige4.2-3B': {
    ...fixture('nanbeige'),
    ...sizes(3072, 10_752, 22, 48, 8, 166_144, 65_536),
    head_dim: 128,
    kv_channels: 128,
  },
  'Huginn-0125': {
    ...fixture('huginn-m4'),
    n_embd: 5280,
    n_heads: 55,
    num_attention_heads: 55,
    num_key_value_heads: 55,
    head_dim: 96,
    intermediate_size: 17_920,
    vocab_size: 65_536,
    padded_vocab_size: 65_536,
    block_size: 4096,
    mean_recurrence: 32,
    init_values: {
      ...(fixture('huginn-m4').init_values as object),
      std: Math.sqrt(2 / (5 * 5280)),
      embed_scale: Math.sqrt(5280),
    },
  },
  'MoR-135M': mor('mor-expert-auxloss-midcycle-kvshare', 576, 9, 3, 1536, 10),
  'MoR-360M': mor('mor-expert-auxloss-midcycle-kvshare', 960, 15, 5, 2560, 10),
  'Depthwise-113M': { ...(JSON.parse(readFileSync('models/default/config.json', 'utf8')) as object) },
}

function sizes(
  hidden: number,
  inner: number,
  layers: number,
  heads: number,
  kvHeads: number,
  vocabulary: number,
  context: number,
): object {
  return {
    hidden_size: hidden,
    intermediate_size: inner,
    num_hidden_layers: layers,
    num_attention_heads: heads,
    num_key_value_heads: kvHeads,
    vocab_size: vocabulary,
    max_position_embeddings: context,
    layer_types: undefined,
  }
}
