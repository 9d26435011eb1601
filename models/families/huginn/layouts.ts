import type { LayerMatrices } from '../../graphs/llama-layer.ts'
import type { Matrix, Part } from '../../graphs/matrix.ts'
import { slice } from '../../graphs/matrix.ts'
import type { RecurrentBlock } from '../../graphs/recurrent-block.ts'
import type { Blocks, RecurrentModel } from '../../graphs/recurrent-depth.ts'
import { PARTS, partSize } from '../llama-parts.ts'
import type { LlamaShape, OwnNorms } from '../llama.ts'
import { layerSizes, ownLayer } from '../llama.ts'
import type { TensorReader } from '../tensors.ts'
import type { HuginnConfig, Layout } from './config.ts'

/** The first block says what all of them are. */
export function layoutOf(tensors: TensorReader): Layout {
  const has = (leaf: string): boolean => tensors.has(`transformer.core_block.0.${leaf}`)
  if (has('norm_3.weight')) return 'huginn'
  return has('attn.q_norm.weight') ? 'olmo2' : 'llama'
}

/** @throws DepthwiseError MODEL_WEIGHTS */
export function readRecurrent(config: HuginnConfig, shape: LlamaShape, tensors: TensorReader): RecurrentModel {
  const { n_embd: width, headDim, vocabulary } = config
  const own = config.layout === 'huginn'
  const blocks = (name: string, count: number): Blocks => {
    const names = Array.from({ length: count }, (_, i) => `transformer.${name}.${i}`)
    return own ? names.map((one) => readOwn(config, tensors, one)) : readDense(config, shape, tensors, names)
  }
  // a buffer of the authors' code that follows from the configuration
  if (own) tensors.buffer('freqs_cis', [1, config.block_size, 1, headDim / 2, 2])
  const table = tensors.matrix('transformer.wte.weight', vocabulary, width)
  return {
    table,
    scale: config.scale,
    prelude: blocks('prelude', config.n_layers_in_prelude),
    adapter: tensors.matrix('transformer.adapter.weight', width, 2 * width),
    adapterBias: config.bias ? tensors.floats('transformer.adapter.bias', [width]) : null,
    core: blocks('core_block', config.n_layers_in_recurrent_block),
    coda: blocks('coda', config.n_layers_in_coda),
    finalNorm: tensors.floats('transformer.ln_f.weight', [width]),
    closesSteps: own,
    head: readHead(config, tensors, table),
  }
}

function readOwn({ n_embd: width, ...config }: HuginnConfig, tensors: TensorReader, name: string): RecurrentBlock {
  const norm = (i: number): Float32Array => tensors.floats(`${name}.norm_${i}.weight`, [width])
  return {
    name,
    norms: [norm(1), norm(2), norm(3), norm(4)],
    qkv: tensors.matrix(`${name}.attn.Wqkv.weight`, 3 * width, width),
    bias: config.qk_bias ? tensors.floats(`${name}.attn.qk_bias`, [2, 1, config.heads, config.headDim]) : null,
    attentionOutput: tensors.matrix(`${name}.attn.proj.weight`, width, width),
    gateUp: tensors.matrix(`${name}.mlp.fc.weight`, 2 * config.intermediate_size, width),
    mlpOutput: tensors.matrix(`${name}.mlp.proj.weight`, width, config.intermediate_size),
  }
}

/** Layers of the dense model: q, k and v lie in one tensor, gate and up in another. */
function readDense(
  { layout }: HuginnConfig,
  shape: LlamaShape,
  tensors: TensorReader,
  names: readonly string[],
): Blocks {
  const read = names.map((name) => ({
    matrices: denseMatrices(layout, shape, tensors, name),
    norms: denseNorms(layout, shape, tensors, name),
  }))
  return (target) => read.map(({ matrices, norms }) => ownLayer(target, matrices, norms))
}

/** Where parts of a layer lie, one below the other. */
const TENSORS: readonly (readonly [leaf: string, parts: readonly Part[]])[] = [
  ['attn.Wqkv.weight', ['q', 'k', 'v']],
  ['attn.proj.weight', ['o']],
  ['mlp.fc.weight', ['gate', 'up']],
  ['mlp.proj.weight', ['down']],
]

function denseMatrices(layout: Layout, shape: LlamaShape, tensors: TensorReader, name: string): LayerMatrices {
  const sizes = layerSizes(shape)
  const parts = new Map<Part, Matrix>()
  for (const [leaf, held] of TENSORS) {
    const rows = held.map((part) => partSize(sizes, part)[0])
    const whole = tensors.matrix(`${name}.${leaf}`, sum(rows), partSize(sizes, held[0]!)[1])
    held.forEach((part, i) => {
      const only = held.length === 1
      parts.set(part, only ? whole : slice(`${name}.${part}`, whole, sum(rows.slice(0, i)), rows[i]!))
    })
  }
  const { heads, kvHeads, headDim } = shape
  const headNorm = (of: 'q' | 'k', count: number): Float32Array =>
    tensors.floats(`${name}.attn.${of}_norm.weight`, [count * headDim])
  return {
    name,
    ...(Object.fromEntries(PARTS.map((part) => [part, parts.get(part)!])) as Record<Part, Matrix>),
    ...(layout === 'olmo2' && { headNorms: { q: headNorm('q', heads), k: headNorm('k', kvHeads) } }),
  }
}

/** A Llama has its norms before attention and the MLP, an OLMo 2 behind. */
function denseNorms(layout: Layout, { hiddenSize }: LlamaShape, tensors: TensorReader, name: string): OwnNorms {
  const [attention, mlp] = [1, 2].map((i) => tensors.floats(`${name}.norm_${i}.weight`, [hiddenSize]))
  if (layout === 'llama') return { attentionNorm: attention!, mlpNorm: mlp! }
  return { attentionNorm: null, mlpNorm: null, attentionOutputNorm: attention!, mlpOutputNorm: mlp! }
}

/** Saved files may lack a tied head, or hold it again. */
function readHead({ tied }: HuginnConfig, tensors: TensorReader, table: Matrix): Matrix {
  const dims = [table.rows, table.cols] as const
  if (!tied) return tensors.matrix('lm_head.weight', ...dims)
  if (tensors.has('lm_head.weight')) tensors.copy('lm_head.weight', table.name, dims)
  return table
}

function sum(values: readonly number[]): number {
  return values.reduce((all, value) => all + value, 0)
}
