import { decodeQ2K, decodeQ3K, decodeQ4K, decodeQ5K, decodeQ6K } from './k-blocks.ts'

/** How values lie in a GGUF file: in blocks of so many values and bytes. */
export interface BlockType {
  name: string
  values: number
  bytes: number
  /** Writes the values of one block, which begins at byte `at`, to `out` from `to` on. */
  decode(block: DataView, at: number, out: Float32Array, to: number): void
  /** Where the values are code · scale: the codes of one block, −2^(bits−1) to 2^(bits−1) − 1, and the scale of all. */
  codes?: { bits: 4 | 8; read(block: DataView, at: number, out: Int8Array, to: number): number }
}

/** Values in blocks of 32, each with its own scale: half of the values in the low nibbles, half in the high ones. */
const SMALL = 32
const HALF = SMALL / 2

const half = (block: DataView, at: number): number => block.getFloat16(at, true)

function scalar(name: string, bytes: number, read: (block: DataView, at: number) => number): BlockType {
  const decode: BlockType['decode'] = (block, at, out, to) => {
    out[to] = read(block, at)
  }
  return { name, values: 1, bytes, decode }
}

/** Values from the nibbles of 16 bytes from `from` on. */
function nibbles(block: DataView, from: number, write: (i: number, nibble: number) => void): void {
  for (let j = 0; j < HALF; j++) {
    const byte = block.getUint8(from + j)
    write(j, byte & 15)
    write(j + HALF, byte >> 4)
  }
}

/** value = scale · (code − 8) */
const Q4_0: BlockType = {
  name: 'Q4_0',
  values: SMALL,
  bytes: 18,
  decode(block, at, out, to) {
    const scale = half(block, at)
    nibbles(block, at + 2, (i, code) => {
      out[to + i] = scale * (code - 8)
    })
  },
  codes: {
    bits: 4,
    read(block, at, out, to) {
      nibbles(block, at + 2, (i, code) => {
        out[to + i] = code - 8
      })
      return half(block, at)
    },
  },
}

/** value = scale · code + least */
const Q4_1: BlockType = {
  name: 'Q4_1',
  values: SMALL,
  bytes: 20,
  decode(block, at, out, to) {
    const [scale, least] = [half(block, at), half(block, at + 2)]
    nibbles(block, at + 4, (i, code) => {
      out[to + i] = scale * code + least
    })
  },
}

/** value = scale · (code − 16), the fifth bits in a word of their own */
const Q5_0: BlockType = {
  name: 'Q5_0',
  values: SMALL,
  bytes: 22,
  decode(block, at, out, to) {
    const [scale, high] = [half(block, at), block.getUint32(at + 2, true)]
    nibbles(block, at + 6, (i, code) => {
      out[to + i] = scale * ((code | (((high >>> i) & 1) << 4)) - 16)
    })
  },
}

/** value = scale · code + least, likewise */
const Q5_1: BlockType = {
  name: 'Q5_1',
  values: SMALL,
  bytes: 24,
  decode(block, at, out, to) {
    const [scale, least, high] = [half(block, at), half(block, at + 2), block.getUint32(at + 4, true)]
    nibbles(block, at + 8, (i, code) => {
      out[to + i] = scale * (code | (((high >>> i) & 1) << 4)) + least
    })
  },
}

/** value = scale · code */
const Q8_0: BlockType = {
  name: 'Q8_0',
  values: SMALL,
  bytes: 34,
  decode(block, at, out, to) {
    const scale = half(block, at)
    for (let i = 0; i < SMALL; i++) out[to + i] = scale * block.getInt8(at + 2 + i)
  },
  codes: {
    bits: 8,
    read(block, at, out, to) {
      for (let i = 0; i < SMALL; i++) out[to + i] = block.getInt8(at + 2 + i)
      return half(block, at)
    },
  },
}

/** What the codes of IQ4_NL stand for. */
const UNEVEN = [-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113]

const IQ4_NL: BlockType = {
  name: 'IQ4_NL',
  values: SMALL,
  bytes: 18,
  decode(block, at, out, to) {
    const scale = half(block, at)
    nibbles(block, at + 2, (i, code) => {
      out[to + i] = scale * UNEVEN[code]!
    })
  },
}

/** Blocks of 256 values in sub-blocks (k-blocks.ts). */
function large(name: string, bytes: number, decode: BlockType['decode']): BlockType {
  return { name, values: 256, bytes, decode }
}

const bfloat = new DataView(new ArrayBuffer(4))

/** The types that are read, by GGUF's number (ggml.h). */
export const BLOCK_TYPES: ReadonlyMap<number, BlockType> = new Map([
  [0, scalar('F32', 4, (block, at) => block.getFloat32(at, true))],
  [1, scalar('F16', 2, half)],
  [2, Q4_0],
  [3, Q4_1],
  [6, Q5_0],
  [7, Q5_1],
  [8, Q8_0],
  [10, large('Q2_K', 84, decodeQ2K)],
  [11, large('Q3_K', 110, decodeQ3K)],
  [12, large('Q4_K', 144, decodeQ4K)],
  [13, large('Q5_K', 176, decodeQ5K)],
  [14, large('Q6_K', 210, decodeQ6K)],
  [20, IQ4_NL],
  [28, scalar('F64', 8, (block, at) => block.getFloat64(at, true))],
  [
    30,
    scalar('BF16', 2, (block, at) => {
      bfloat.setUint16(0, block.getUint16(at, true))
      return bfloat.getFloat32(0)
    }),
  ],
])

/** The names of others. */
export const UNREAD_TYPES: Readonly<Record<number, string>> = {
  9: 'Q8_1',
  15: 'Q8_K',
  16: 'IQ2_XXS',
  17: 'IQ2_XS',
  18: 'IQ3_XXS',
  19: 'IQ1_S',
  21: 'IQ3_S',
  22: 'IQ2_S',
  23: 'IQ4_XS',
  24: 'I8',
  25: 'I16',
  26: 'I32',
  27: 'I64',
  29: 'IQ1_M',
  34: 'TQ1_0',
  35: 'TQ2_0',
  39: 'MXFP4',
}
