import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { isCompressed } from '../../models/formats/compressed-tensors.ts'
import { openWeights } from '../../models/formats/weights.ts'
import { FIXTURES } from '../families/support.ts'
import { temporaryFolder, writeRaw } from './support.ts'

interface Tensor {
  dtype: 'I8' | 'I32' | 'I64' | 'F16' | 'F32'
  shape: number[]
  values: Int8Array | Int32Array | BigInt64Array | Float16Array | Float32Array
}

const CONFIG = {
  quant_method: 'compressed-tensors',
  format: 'mixed-precision',
  config_groups: {
    group_0: { targets: ['Embedding'], format: 'int-quantized', weights: weightsOf(8, 32) },
    group_1: { targets: ['Linear'], format: 'pack-quantized', weights: weightsOf(4, 64) },
  },
}

function weightsOf(bits: number, size: number): Record<string, unknown> {
  return { num_bits: bits, type: 'int', symmetric: true, strategy: 'group', group_size: size }
}

/** A folder with these tensors. */
function folderOf(tensors: Record<string, Tensor>): string {
  const folder = temporaryFolder()
  let end = 0
  const header = Object.entries(tensors).map(([name, { dtype, shape, values }]) => {
    const data_offsets = [end, (end += values.byteLength)]
    return [name, { dtype, shape, data_offsets }] as const
  })
  const data = Object.values(tensors).map(({ values }) =>
    Buffer.from(values.buffer, values.byteOffset, values.byteLength),
  )
  writeRaw(path.join(folder, 'model.safetensors'), JSON.stringify(Object.fromEntries(header)), Buffer.concat(data))
  return folder
}

/** 2 × 64 codes in 8 bits, by 32, and 2 × 128 in 4 bits, by 64. */
function stored(): Record<string, Tensor> {
  const codes = Int8Array.from({ length: 128 }, (_, i) => i - 64)
  // eight codes a number, each its place − 8 + …: 0x76543210 is −8 … −1
  const words = Int32Array.from({ length: 32 }, (_, i) => (i % 2 ? 0x76543210 : 0xfedcba98 | 0))
  return {
    'a.weight': { dtype: 'I8', shape: [2, 64], values: codes },
    'a.weight_scale': { dtype: 'F16', shape: [2, 2], values: Float16Array.of(1, 0.5, -2, 0) },
    'b.weight_packed': { dtype: 'I32', shape: [2, 16], values: words },
    'b.weight_scale': { dtype: 'F16', shape: [2, 2], values: Float16Array.of(1, -1, 0.25, 2) },
    'b.weight_shape': { dtype: 'I64', shape: [2], values: BigInt64Array.of(2n, 128n) },
    'norm.weight': { dtype: 'F32', shape: [2], values: Float32Array.of(3, 4) },
  }
}

describe('weights in 8 and 4 bits', () => {
  it('have the names and shapes that they would have in full', () => {
    const weights = openWeights(folderOf(stored()), CONFIG)
    expect([...weights.entries].map(([name, { shape }]) => [name, shape])).toEqual([
      ['a.weight', [2, 64]],
      ['norm.weight', [2]],
      ['b.weight', [2, 128]],
    ])
    weights.close()
  })

  it('are codes times the scale of their group, negative ones too', () => {
    const weights = openWeights(folderOf(stored()), CONFIG)
    const a = weights.readFloats('a.weight', [2, 64])
    expect([a[0], a[31], a[32], a[65], a[95]]).toEqual([-64, -33, -16, -2, -62])
    expect([...a.subarray(96)].every((value) => value === 0)).toBe(true)
    const b = weights.readFloats('b.weight', [2, 128])
    expect([...b.subarray(0, 16)]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, -8, -7, -6, -5, -4, -3, -2, -1])
    expect([...b.subarray(64, 68)]).toEqual([-0, -1, -2, -3])
    expect([...b.subarray(192, 200)]).toEqual([0, 2, 4, 6, 8, 10, 12, 14])
    expect([...weights.readFloats('norm.weight', [2])]).toEqual([3, 4])
    weights.close()
  })

  it('are given as they are stored', () => {
    const weights = openWeights(folderOf(stored()), CONFIG)
    expect(weights.matrix('norm.weight')).toBeNull()
    expect(weights.matrix('a.weight')).toMatchObject({ bits: 8, group: 32 })
    const b = weights.matrix('b.weight')!
    expect(b).toMatchObject({ bits: 4, group: 64 })
    expect([...b.readRows(0, 2).codes.subarray(8, 16)]).toEqual([-8, -7, -6, -5, -4, -3, -2, -1])
    expect([...b.readRows(0, 2).scales]).toEqual([1, -1, 0.25, 2])
    weights.close()
  })

  it.each<[string, string, (tensors: Record<string, Tensor>) => void]>([
    ['codes without scales', 'b.weight_packed', (t) => delete t['b.weight_scale']],
    ['scales without codes', 'a.weight_scale', (t) => delete t['a.weight']],
    ['packed codes without their shape', 'b.weight_packed', (t) => delete t['b.weight_shape']],
    ['a shape of other rows', 'b.weight_shape', (t) => (t['b.weight_shape']!.values = BigInt64Array.of(3n, 128n))],
    ['columns that do not fit', 'b.weight_packed', (t) => (t['b.weight_shape']!.values = BigInt64Array.of(2n, 100n))],
    ['scales of other rows', 'a.weight_scale', (t) => (t['a.weight_scale']!.shape = [4, 1])],
    ['codes of another type', 'a.weight', (t) => Object.assign(t['a.weight']!, { dtype: 'F16', shape: [2, 32] })],
    [
      'a scale that is no number',
      'a.weight_scale',
      (t) => (t['a.weight_scale']!.values = Float16Array.of(1, NaN, 1, 1)),
    ],
  ])('are refused with %s', (_, tensor, edit) => {
    const tensors = stored()
    edit(tensors)
    const read = (): void => {
      const weights = openWeights(folderOf(tensors), CONFIG)
      weights.readFloats('a.weight', [2, 64])
    }
    expect(read).toThrow(expect.objectContaining({ code: 'MODEL_WEIGHTS', detail: tensor }) as Error)
  })

  it.each<[string, unknown]>([
    ['quantization_config.quant_method', { quant_method: 'gptq', bits: 4 }],
    ['quantization_config', { bits: 4 }],
    [
      'quantization_config.format',
      { ...CONFIG, format: 'float-quantized', config_groups: { g: { weights: weightsOf(8, 32) } } },
    ],
    ['quantization_config.kv_cache_scheme', { ...CONFIG, kv_cache_scheme: { num_bits: 8 } }],
    ...Object.entries({ num_bits: 3, type: 'float', symmetric: false, strategy: 'tensor', actorder: 'group' }).map(
      ([field, value]): [string, unknown] => [
        `quantization_config.config_groups.g.weights.${field}`,
        {
          ...CONFIG,
          format: 'int-quantized',
          config_groups: { g: { weights: { ...weightsOf(8, 32), [field]: value } } },
        },
      ],
    ),
  ])('are refused by name: %s', (field, config) => {
    expect(() => isCompressed(config)).toThrow(
      expect.objectContaining({ code: 'MODEL_UNSUPPORTED', detail: field }) as Error,
    )
  })
})

it('reads the recorded folders alike from one file and from several', () => {
  const source = path.join(FIXTURES, 'elastic-exits')
  const { quantization_config: quantization } = JSON.parse(readFileSync(path.join(source, 'config.json'), 'utf8')) as {
    quantization_config: unknown
  }
  const folder = temporaryFolder()
  const bytes = readFileSync(path.join(source, 'model.safetensors'))
  const start = 8 + Number(bytes.readBigUInt64LE())
  const header = JSON.parse(bytes.toString('utf8', 8, start)) as Record<string, { data_offsets: [number, number] }>
  const names = Object.keys(header).filter((name) => name !== '__metadata__')
  const files = ['model-1.safetensors', 'model-2.safetensors']
  files.forEach((file, which) => {
    let end = 0
    const mine = names.filter((_, i) => i % 2 === which)
    const entries = mine.map((name) => {
      const [from, to] = header[name]!.data_offsets
      return [name, { ...header[name], data_offsets: [end, (end += to - from)] }] as const
    })
    const data = mine.map((name) => bytes.subarray(...header[name]!.data_offsets.map((at) => start + at)))
    writeRaw(path.join(folder, file), JSON.stringify(Object.fromEntries(entries)), Buffer.concat(data))
  })
  const weight_map = Object.fromEntries(names.map((name, i) => [name, files[i % 2]]))
  writeFileSync(path.join(folder, 'model.safetensors.index.json'), JSON.stringify({ weight_map }))
  const [whole, parts] = [openWeights(source, quantization), openWeights(folder, quantization)]
  expect(new Set(parts.entries.keys())).toEqual(new Set(whole.entries.keys()))
  for (const [name, { shape }] of whole.entries) {
    expect(parts.readFloats(name, shape)).toEqual(whole.readFloats(name, shape))
  }
  whole.close()
  parts.close()
})
