import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { calibration, scoreOf } from './calibration.ts'
import { benchFolder, FileStream, writtenOnce } from './files.ts'
import { RandomBits } from './random.ts'
import type { Shape } from './shapes.ts'
import { CONTEXT, EPSILON, layerMatrices, ROPE_THETA } from './shapes.ts'

/** A tensor as bfloat16, made when it is written. */
interface Planned {
  name: string
  shape: number[]
  make: () => Uint16Array
}

const ONE = 0x3f80
/** Magnitudes of weights, as powers of two: of matrices, of those that add to the stream, of the embedding. */
const [USUAL, FAINT, EMBEDDING] = [-6, -14, -5]
/** Added before and taken away behind a router's GELU, where it is the identity. */
const LIFT = 8

/** A folder with an elastic MoR of a shape, of random weights and with known shares (calibration.ts); written once. */
export function morOf(shape: Shape): string {
  return writtenOnce(path.join(benchFolder(), `${shape.name}.mor`), (folder) => {
    mkdirSync(folder)
    writeTensors(path.join(folder, 'model.safetensors'), tensorsOf(shape))
    writeFileSync(path.join(folder, 'config.json'), JSON.stringify(configOf(shape)))
    writeFileSync(path.join(folder, 'calibration.json'), JSON.stringify(calibration(shape.recursions)))
  })
}

function configOf(shape: Shape): Record<string, unknown> {
  return {
    name: shape.name,
    model_type: 'elastic_mor',
    vocab_size: shape.vocabulary,
    hidden_size: shape.hidden,
    intermediate_size: shape.inner,
    num_attention_heads: shape.heads,
    num_key_value_heads: shape.kvHeads,
    head_dim: shape.headDim,
    hidden_act: 'silu',
    rms_norm_eps: EPSILON,
    rope_theta: ROPE_THETA,
    max_position_embeddings: CONTEXT,
    tie_word_embeddings: true,
    sharing: 'middle_cycle',
    num_first_layers: 1,
    num_block_layers: shape.blockLayers,
    num_last_layers: 1,
    num_recursions: shape.recursions,
    kv_sharing: 'recursive',
    block_norms: 'per_recursion',
    router: {
      type: 'mlp',
      hidden_size: shape.routerWidth,
      activation: 'gelu',
      input_norm: 'rms',
      input_norm_eps: 1e-7,
      gating: 'unweighted',
    },
  }
}

function tensorsOf(shape: Shape): Planned[] {
  const { hidden, recursions, blockLayers } = shape
  const bits = new RandomBits(1)
  const norm = (name: string, dims: number[]): Planned => ({
    name: `${name}.weight`,
    shape: dims,
    make: () => new Uint16Array(dims.reduce((product, dim) => product * dim, 1)).fill(ONE),
  })
  const layer = (prefix: string, norms: number[]): Planned[] => [
    ...Object.entries(layerMatrices(shape)).map(([name, dims]) => ({
      name: `${prefix}.${name}.weight`,
      shape: dims,
      make: () => bits.bfloat16(dims[0] * dims[1], /o_proj|down_proj/.test(name) ? FAINT : USUAL),
    })),
    norm(`${prefix}.input_layernorm`, norms),
    norm(`${prefix}.post_attention_layernorm`, norms),
  ]
  return [
    { name: 'model.embed_tokens.weight', shape: [shape.vocabulary, hidden], make: () => embeddingOf(shape, bits) },
    ...layer('model.first_layers.0', [hidden]),
    ...Array.from({ length: blockLayers }, (_, i) => layer(`model.block.${i}`, [recursions, hidden])).flat(),
    ...layer('model.last_layers.0', [hidden]),
    norm('model.norm', [hidden]),
    ...Array.from({ length: recursions - 1 }, (_, j) => routerOf(shape, `model.routers.${j}`)).flat(),
  ]
}

function embeddingOf({ vocabulary, hidden }: Shape, bits: RandomBits): Uint16Array {
  const table = new Uint16Array(vocabulary * hidden)
  const magnitude = (127 + EMBEDDING) << 7
  for (let i = 0; i < table.length; i++) table[i] = ((bits.next() >>> 31) << 15) | magnitude
  for (let token = 0; token < vocabulary; token++) table[token * hidden] = bfloat16(scoreOf(token) * 2 ** EMBEDDING)
  return table
}

/** Gives out the first column of the normed state: one unit carries it, the others are 0. */
function routerOf({ hidden, routerWidth: width }: Shape, name: string): Planned[] {
  const first = (dims: number[], value: number): Planned['make'] => {
    return () => {
      const values = new Uint16Array(dims.reduce((product, dim) => product * dim, 1))
      values[0] = bfloat16(value)
      return values
    }
  }
  const planned = (part: string, dims: number[], value: number): Planned => ({
    name: `${name}.${part}`,
    shape: dims,
    make: first(dims, value),
  })
  return [
    planned('fc1.weight', [width, hidden], 1),
    planned('fc1.bias', [width], LIFT),
    planned('fc2.weight', [1, width], 1),
    planned('fc2.bias', [1], -LIFT),
  ]
}

function bfloat16(value: number): number {
  return new Uint32Array(Float32Array.of(value).buffer)[0]! >>> 16
}

function writeTensors(file: string, tensors: readonly Planned[]): void {
  let end = 0
  const entries = tensors.map(({ name, shape }) => {
    const start = end
    end += 2 * shape.reduce((product, dim) => product * dim, 1)
    return [name, { dtype: 'BF16', shape, data_offsets: [start, end] }]
  })
  const header = Buffer.from(JSON.stringify(Object.fromEntries(entries)))
  const stream = new FileStream(file)
  stream.write(BigUint64Array.of(BigInt(header.length)))
  stream.write(header)
  for (const { make } of tensors) stream.write(make())
  stream.close()
}
