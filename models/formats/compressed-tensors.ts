import * as v from 'valibot'
import { DepthwiseError } from '../common/errors.ts'
import type { Rows, TensorEntry } from './safetensors.ts'
import type { Codes, StoredMatrix, Weights } from './stored.ts'

const WeightsSchema = v.looseObject({
  num_bits: v.number(),
  type: v.string(),
  symmetric: v.boolean(),
  strategy: v.string(),
  actorder: v.nullish(v.unknown()),
})
const QuantizationSchema = v.looseObject({
  quant_method: v.string(),
  format: v.string(),
  config_groups: v.record(
    v.string(),
    v.looseObject({ format: v.nullish(v.string()), weights: v.nullish(WeightsSchema) }),
  ),
  kv_cache_scheme: v.nullish(v.unknown()),
})

/** Forms of a tensor X.weight: int8 codes in its place, or packed codes as X.weight_packed. */
const FORMATS = ['int-quantized', 'pack-quantized']

/**
 * Checks `quantization_config` of config.json: none, or what compressed-tensors calls int-quantized and pack-quantized,
 * symmetric, in 8 or 4 bits, each matrix in one of them.
 * @returns whether the weights are stored so
 * @throws DepthwiseError MODEL_UNSUPPORTED, naming the field
 */
export function isCompressed(config: unknown): boolean {
  if (config == null) return false
  const refused = (field: string, value: unknown): DepthwiseError => {
    const name = `quantization_config${field && `.${field}`}`
    const message = `config.json asks for weights in a form that cannot be read: ${name} ${JSON.stringify(value).slice(0, 200)}.`
    return new DepthwiseError('MODEL_UNSUPPORTED', message, { detail: name })
  }
  const parsed = v.safeParse(QuantizationSchema, config)
  const method = (config as { quant_method?: unknown }).quant_method
  if (method !== 'compressed-tensors') throw refused(method === undefined ? '' : 'quant_method', method ?? config)
  if (!parsed.success) throw refused(v.getDotPath(parsed.issues[0]) ?? '', config)
  const { format, config_groups: groups, kv_cache_scheme: cache } = parsed.output
  if (cache != null) throw refused('kv_cache_scheme', cache)
  for (const [name, { weights, format: own }] of Object.entries(groups)) {
    const used = own ?? format
    if (!FORMATS.includes(used)) throw refused(own == null ? 'format' : `config_groups.${name}.format`, used)
    const at = (field: string): string => `config_groups.${name}.weights.${field}`
    if (!weights) throw refused(`config_groups.${name}.weights`, null)
    if (weights.type !== 'int') throw refused(at('type'), weights.type)
    if (weights.num_bits !== 4 && weights.num_bits !== 8) throw refused(at('num_bits'), weights.num_bits)
    if (!weights.symmetric) throw refused(at('symmetric'), false)
    if (weights.actorder != null && weights.actorder !== false) throw refused(at('actorder'), weights.actorder)
    if (weights.strategy !== 'group' && weights.strategy !== 'channel') throw refused(at('strategy'), weights.strategy)
  }
  return true
}

/** Parts of a matrix X beside X.weight itself. */
const PARTS = /\.weight_(packed|scale|shape)$/

/** Weights whose matrices may lie in 4 or 8 bits: each has the name and shape that it would have in full. */
export class CompressedWeights implements Weights {
  readonly entries: ReadonlyMap<string, TensorEntry>
  private readonly stored: Weights
  private readonly compressed = new Map<string, Compressed>()

  /** @throws DepthwiseError MODEL_WEIGHTS where parts of a matrix are missing or do not go together */
  constructor(stored: Weights) {
    this.stored = stored
    const entries = new Map([...stored.entries].filter(([name]) => !PARTS.test(name)))
    for (const name of stored.entries.keys()) {
      const matrix = /^(.*)\.weight_scale$/.exec(name)?.[1]
      if (matrix === undefined) continue
      const found = describe(stored, matrix)
      this.compressed.set(`${matrix}.weight`, found)
      const { rows, cols } = found
      entries.set(`${matrix}.weight`, {
        ...stored.entries.get(found.codes)!,
        name: `${matrix}.weight`,
        shape: [rows, cols],
      })
    }
    for (const name of stored.entries.keys()) {
      const matrix = PARTS.exec(name) && name.replace(PARTS, '.weight')
      if (matrix !== null && !this.compressed.has(matrix)) throw wrong(name, 'has no weight_scale beside it')
    }
    this.entries = entries
  }

  readFloats(name: string, shape: readonly number[]): Float32Array {
    return this.readRows(name, shape, 0, shape[0] ?? 1)
  }

  readRows(name: string, shape: readonly number[], from: number, count: number): Float32Array {
    const matrix = this.matrix(name)
    if (!matrix) return this.stored.readRows(name, shape, from, count)
    const { group } = matrix
    const { codes, scales } = matrix.readRows(from, count)
    const values = new Float32Array(codes.length)
    for (let i = 0; i < codes.length; i += group) {
      const scale = scales[i / group]!
      for (let j = i; j < i + group; j++) values[j] = codes[j]! * scale
    }
    return values
  }

  readInts(name: string, rows?: Rows): ReturnType<Weights['readInts']> {
    return this.stored.readInts(name, rows)
  }

  matrix(name: string): StoredMatrix | null {
    const found = this.compressed.get(name)
    if (!found) return null
    const { bits, rows, cols, groups, packed } = found
    const readRows = (from: number, count: number): Codes => {
      const scales = this.stored.readRows(found.scales, [rows, groups], from, count)
      const { values } = this.stored.readInts(found.codes, { from, count })
      return { codes: packed ? unpacked(values as Int32Array, bits) : (values as Int8Array), scales }
    }
    return { bits, group: cols / groups, readRows }
  }

  close(): void {
    this.stored.close()
  }
}

interface Compressed {
  bits: 4 | 8
  packed: boolean
  /** Names of the tensors that hold them. */
  codes: string
  scales: string
  rows: number
  cols: number
  /** Groups of a row. */
  groups: number
}

function describe(stored: Weights, matrix: string): Compressed {
  const { entries } = stored
  const scales = `${matrix}.weight_scale`
  const scaleShape = entries.get(scales)!.shape
  const packed = entries.get(`${matrix}.weight_packed`)
  const whole = entries.get(`${matrix}.weight`)
  const codes = packed ?? whole
  if (!codes || (packed && whole)) throw wrong(scales, 'has no codes beside it, or two kinds')
  if (codes.dtype !== (packed ? 'I32' : 'I8')) throw wrong(codes.name, `holds ${codes.dtype}, which is no code`)
  if (codes.shape.length !== 2 || scaleShape.length !== 2) throw wrong(scales, 'is not of a matrix')
  const [rows, width] = codes.shape as [number, number]
  const [scaleRows, groups] = scaleShape as [number, number]
  const cols = packed ? columns(stored, matrix, rows) : width
  const bits = packed ? (32 * width) / cols : 8
  if (bits !== 4 && bits !== 8) throw wrong(codes.name, `packs ${cols} columns into ${width} numbers`)
  if (rows === 0 || cols === 0 || scaleRows !== rows || groups === 0 || cols % groups !== 0) {
    throw wrong(scales, `has shape [${scaleShape.join(', ')}] for a matrix of shape [${rows}, ${cols}]`)
  }
  return { bits, packed: packed !== undefined, codes: codes.name, scales, rows, cols, groups }
}

/** Columns of a packed matrix. */
function columns(stored: Weights, matrix: string, rows: number): number {
  const name = `${matrix}.weight_shape`
  if (!stored.entries.has(name)) throw wrong(`${matrix}.weight_packed`, 'has no weight_shape beside it')
  const { values } = stored.readInts(name)
  if (values.length !== 2 || values[0] !== rows) throw wrong(name, `is [${[...values.subarray(0, 4)].join(', ')}]`)
  return values[1]!
}

/** Codes of `bits` bits, the lowest first, offset by 2^(bits−1). */
function unpacked(words: Int32Array, bits: 4 | 8): Int8Array {
  const perWord = 32 / bits
  const [mask, offset] = [(1 << bits) - 1, 1 << (bits - 1)]
  const codes = new Int8Array(words.length * perWord)
  for (let i = 0; i < words.length; i++) {
    for (let k = 0; k < perWord; k++) codes[i * perWord + k] = ((words[i]! >>> (k * bits)) & mask) - offset
  }
  return codes
}

function wrong(tensor: string, what: string): DepthwiseError {
  return new DepthwiseError('MODEL_WEIGHTS', `The tensor ${tensor} ${what}.`, { detail: tensor })
}
