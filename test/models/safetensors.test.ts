import { statSync, truncateSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { SafetensorsFile } from '../../models/formats/safetensors.ts'
import { temporaryFolder, writeRaw, writeSafetensors } from './support.ts'

const file = (): string => path.join(temporaryFolder(), 'model.safetensors')

function withHeader(header: unknown, data = new Uint8Array(8), claimed?: number): () => SafetensorsFile {
  const place = file()
  writeRaw(place, typeof header === 'string' ? header : JSON.stringify(header), data, claimed)
  return () => new SafetensorsFile(place)
}

const tensor = (shape: number[], from: number, to: number, dtype = 'F32'): unknown => ({
  dtype,
  shape,
  data_offsets: [from, to],
})

describe('a safetensors file', () => {
  it('gives tensors back as float32, whatever they are stored as', () => {
    const place = file()
    const bytes = Buffer.alloc(8)
    bytes.writeUInt16LE(0x3fc0, 0) // bfloat16 1.5
    bytes.writeUInt16LE(0xbe00, 2) // float16 -1.5
    bytes.writeFloatLE(0.25, 4)
    writeRaw(
      place,
      JSON.stringify({ a: tensor([1], 0, 2, 'BF16'), b: tensor([1], 2, 4, 'F16'), c: tensor([1, 1], 4, 8) }),
      bytes,
    )
    const weights = new SafetensorsFile(place)
    expect([...weights.readFloats('a', [1])]).toEqual([1.5])
    expect([...weights.readFloats('b', [1])]).toEqual([-1.5])
    expect([...weights.readFloats('c', [1, 1])]).toEqual([0.25])
    weights.close()
  })

  it.each([
    ['is not there', () => new SafetensorsFile(path.join(temporaryFolder(), 'none'))],
    ['claims a header of a terabyte', withHeaderLater('{}', 2 ** 40)],
    ['claims a header longer than itself', withHeaderLater('{}', 1000)],
    ['has a header that is no JSON', () => withHeader('{"a":')()],
    ['has a header that is a list', () => withHeader([])()],
    ['has an unknown type', () => withHeader({ a: tensor([2], 0, 8, 'F31') })()],
    ['has a negative size', () => withHeader({ a: tensor([-2], 0, 8) })()],
    ['has a size beyond all numbers', () => withHeader({ a: tensor([2 ** 40, 2 ** 40], 0, 8) })()],
    ['gives a tensor too few bytes', () => withHeader({ a: tensor([3], 0, 8) })()],
    ['has tensors that overlap', () => withHeader({ a: tensor([2], 0, 8), b: tensor([1], 4, 8) })()],
    ['has a gap', () => withHeader({ a: tensor([1], 4, 8) })()],
    ['has bytes that no entry describes', () => withHeader({ a: tensor([1], 0, 4) })()],
    [
      'names a tensor twice',
      () => withHeader(`{"a":${JSON.stringify(tensor([0], 0, 0))},"a":${JSON.stringify(tensor([2], 0, 8))}}`)(),
    ],
    ['has too many dimensions', () => withHeader({ a: tensor([2, 1, 1, 1, 1, 1, 1, 1, 1], 0, 8) })()],
    ['has a name without end', () => withHeader({ ['a'.repeat(501)]: tensor([2], 0, 8) })()],
    ['has half a dimension', () => withHeader({ a: tensor([0.5, 4], 0, 8) })()],
    [
      'has offsets beyond exact numbers',
      () => withHeader('{"a":{"dtype":"U8","shape":[1],"data_offsets":[9007199254740992,9007199254740993]}}')(),
    ],
    ['nests without end', () => withHeader('{"a":'.repeat(1e5))()],
    ['begins with a mark', () => withHeader('\uFEFF{}', new Uint8Array(0))()],
    ['is a folder', () => new SafetensorsFile(temporaryFolder())],
    ['is empty', () => new SafetensorsFile('/dev/null')],
    ['has an extra field', () => withHeader({ a: { dtype: 'F32', shape: [2], data_offsets: [0, 8], more: 1 } })()],
  ])('that %s is refused with MODEL_WEIGHTS', (_, open) => {
    expect(open).toThrow(expect.objectContaining({ code: 'MODEL_WEIGHTS' }))
  })

  it('that is cut is refused, however little is missing', () => {
    const place = file()
    writeSafetensors(place, { a: { shape: [2, 2], values: [1, 2, 3, 4] } })
    truncateSync(place, statSync(place).size - 1)
    expect(() => new SafetensorsFile(place)).toThrow(expect.objectContaining({ code: 'MODEL_WEIGHTS' }))
  })

  it('names the tensor that is missing, of another shape or not finite', () => {
    const place = file()
    writeSafetensors(place, { a: { shape: [2], values: [1, NaN] } })
    const weights = new SafetensorsFile(place)
    expect(() => weights.readFloats('b', [1])).toThrow(/tensor b .* is missing/)
    expect(() => weights.readFloats('a', [3])).toThrow(/tensor a .* shape \[2\] where \[3\]/)
    expect(() => weights.readFloats('a', [2])).toThrow(/tensor a .* not a finite number/)
    weights.close()
  })
})

function withHeaderLater(header: string, claimed: number): () => SafetensorsFile {
  return () => withHeader(header, new Uint8Array(0), claimed)()
}
