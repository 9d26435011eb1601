import { damage, mutateJson } from './json.ts'
import type { Random } from './random.ts'

interface Described {
  dtype: string
  shape: number[]
  data_offsets: [number, number]
}
type Header = Record<string, Described>

/** A safetensors file of every kind of tensor, 500 bytes long. */
export function smallFile(names: string): Buffer {
  const kinds: [dtype: string, shape: number[], bytes: number][] = [
    ...([
      ['F32', [2, 3], 24],
      ['F64', [2], 16],
      ['F16', [4], 8],
      ['BF16', [2, 2], 8],
      ['I64', [3], 24],
    ] as const),
    ...([
      ['I32', [2], 8],
      ['U8', [5], 5],
      ['BOOL', [3], 3],
      ['F32', [], 4],
      ['F32', [0, 7], 0],
    ] as const),
  ].map(([dtype, shape, bytes]) => [dtype, [...shape], bytes])
  let end = 0
  const entries = kinds.map(([dtype, shape, bytes], i) => {
    return [`${names}.${i}.weight`, { dtype, shape, data_offsets: [end, (end += bytes)] }] as const
  })
  const data = Buffer.alloc(end, Uint8Array.of(1, 0, 0x80, 0x3f))
  return file(Buffer.from(JSON.stringify({ ...Object.fromEntries(entries), __metadata__: { format: 'pt' } })), data)
}

/** A safetensors file after one or two changes; most of them leave the most of it in order. */
export function mutateTensors(bytes: Buffer, random: Random): Buffer {
  let changed = bytes
  for (let i = 0, changes = 1 + random.below(2); i < changes; i++) changed = once(changed, random)
  return changed
}

function once(bytes: Buffer, random: Random): Buffer {
  const split = parts(bytes)
  if (!split) return damage(bytes, random)
  const { text, data } = split
  const header = parsed(text)
  switch (header ? random.below(10) : 9) {
    case 0:
      return file(mutateJson(header, random), data)
    case 1:
    case 2:
    case 3:
      describe(header!, random)
      return file(Buffer.from(JSON.stringify(header)), data)
    case 4:
    case 5:
      return file(text, values(data, random))
    case 6:
      return file(Buffer.concat([text, Buffer.from(' '.repeat(random.below(9)))]), data)
    case 7:
      return file(
        text,
        random.chance(0.5) ? Buffer.concat([data, Buffer.alloc(1 + random.below(8))]) : data.subarray(random.below(3)),
      )
    case 8:
      return file(text, data, claimed(text.length, random))
    default:
      return damage(bytes, random)
  }
}

/** Changes what the header says of one tensor. */
function describe(header: Header, random: Random): void {
  const names = Object.keys(header).filter((name) => name !== '__metadata__')
  if (names.length === 0) return
  const name = random.pick(names)
  const entry = header[name]!
  const other = header[random.pick(names)]!
  if (!Array.isArray(entry.shape) || !Array.isArray(entry.data_offsets)) return
  switch (random.below(8)) {
    case 0:
      entry.shape.reverse()
      return
    case 1:
      entry.shape.push(1)
      return
    case 2:
      entry.shape[random.below(entry.shape.length + 1)] = random.pick([0, 1, 2, 3, -1, 0.5, 2 ** 31, 2 ** 53, 1e300])
      return
    case 3:
      entry.data_offsets[random.below(2)]! += random.pick([-8, -4, -1, 1, 4, 8, 2 ** 32, 2 ** 53])
      return
    case 4:
      entry.dtype = random.pick([
        'F32',
        'I32',
        'F16',
        'BF16',
        'I16',
        'F64',
        'I64',
        'U8',
        'I8',
        'BOOL',
        'F8_E4M3',
        'f32',
        '',
      ])
      return
    case 5:
      ;[entry.data_offsets, other.data_offsets] = [other.data_offsets, entry.data_offsets]
      return
    case 6:
      header[`${name}.more`] = random.chance(0.5)
        ? structuredClone(entry)
        : { ...entry, shape: [0], data_offsets: [0, 0] }
      return
    default:
      header[random.pick([`${name}x`, '', '__proto__x', 'é'.repeat(600)])] = entry
      Reflect.deleteProperty(header, name)
  }
}

/** Puts NaN, an infinity or any byte somewhere into the values. */
function values(data: Buffer, random: Random): Buffer {
  const changed = Buffer.from(data)
  const place = random.below(changed.length + 1)
  const bytes = random.pick([
    [0, 0, 0xc0, 0x7f],
    [0, 0, 0x80, 0xff],
    [0xff, 0xff, 0xff, 0xff],
    [random.below(256)],
    [0, 0x7c],
  ])
  Buffer.from(bytes).copy(changed, place)
  return changed
}

function claimed(length: number, random: Random): bigint {
  return random.pick([
    0n,
    1n,
    BigInt(length - 1),
    BigInt(length + 1),
    BigInt(length + 8),
    10n ** 9n,
    2n ** 53n,
    2n ** 64n - 1n,
  ])
}

function parts(bytes: Buffer): { text: Buffer; data: Buffer } | null {
  if (bytes.length < 8) return null
  const length = Number(bytes.readBigUInt64LE())
  return length > bytes.length - 8 ? null : { text: bytes.subarray(8, 8 + length), data: bytes.subarray(8 + length) }
}

function parsed(text: Buffer): Header | null {
  try {
    const header: unknown = JSON.parse(text.toString())
    const whole = typeof header === 'object' && header !== null && !Array.isArray(header)
    return whole && Object.values(header).every((entry) => typeof entry === 'object' && entry !== null)
      ? (header as Header)
      : null
  } catch {
    return null
  }
}

function file(text: Buffer, data: Buffer, length = BigInt(text.length)): Buffer {
  const start = Buffer.alloc(8)
  start.writeBigUInt64LE(length)
  return Buffer.concat([start, text, data])
}
