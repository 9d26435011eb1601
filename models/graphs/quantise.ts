import type { Codes } from '../formats/compressed-tensors.ts'

/** How a matrix is quantised, in blocks along its columns. */
export interface BlockFormat {
  bits: 4 | 8
  /** Columns that share a scale. */
  block: number
  /** Whether blocks have zero points of their own; else 2^(bits−1) is everywhere 0. Of 4 bits only. */
  zeroPoints?: boolean
}

/** A quantised matrix in the layout of ONNX Runtime's MatMulNBits. */
export interface BlockQuantised {
  /** bits/8 bytes a value, rows × blocks × block·bits/8, the lower nibble first. */
  data: Uint8Array
  /** One scale per row and block: value = (q − zero) · scale. */
  scales: Float32Array
  /** 4 bits per row and block, the lower nibble first, every row in whole bytes. */
  zeroPoints: Uint8Array | null
}

/**
 * @param values rows × cols, row-major
 * @param format 8 bits: scale = max|x| / 127. 4 bits: the value of largest magnitude becomes −8, which wastes no level;
 * with zero points, levels reach from the least to the largest value.
 */
export function quantise(
  values: Float32Array,
  rows: number,
  cols: number,
  { bits, block, zeroPoints = false }: BlockFormat,
): BlockQuantised {
  const blocks = Math.ceil(cols / block)
  const bytes = (block * bits) / 8
  const middle = 1 << (bits - 1)
  const data = new Uint8Array(rows * blocks * bytes).fill(bits === 8 ? middle : middle * 17)
  const scales = new Float32Array(rows * blocks)
  const zeroBytes = Math.ceil(blocks / 2)
  const zeros = zeroPoints ? new Uint8Array(rows * zeroBytes).fill(middle * 17) : null
  for (let row = 0; row < rows; row++) {
    for (let b = 0; b < blocks; b++) {
      const from = row * cols + b * block
      const to = Math.min(from + block, (row + 1) * cols)
      const { scale, zero } = zeros
        ? spread(values, from, to)
        : { scale: centred(values, from, to, bits), zero: middle }
      scales[row * blocks + b] = scale
      if (zeros) setNibble(zeros, row * zeroBytes * 2 + b, zero)
      if (scale === 0) continue
      const at = (row * blocks + b) * bytes
      if (bits === 8) writeBytes(values, from, to, scale, data, at)
      else writeNibbles(values, from, to, scale, zero, data, at)
    }
  }
  return { data, scales, zeroPoints: zeros }
}

/** Codes as they are stored, of 4 bits. */
export function packed({ codes, scales }: Codes, { bits }: BlockFormat): BlockQuantised {
  if (bits !== 4) throw new RangeError('codes of 8 bits are not packed')
  const data = new Uint8Array(codes.length / 2)
  for (let i = 0; i < data.length; i++) data[i] = (codes[2 * i]! + 8) | ((codes[2 * i + 1]! + 8) << 4)
  return { data, scales, zeroPoints: null }
}

/** The scale of a block around 0. */
function centred(values: Float32Array, from: number, to: number, bits: 4 | 8): number {
  let [low, high] = [0, 0]
  for (let i = from; i < to; i++) {
    const value = values[i]!
    if (value < low) low = value
    if (value > high) high = value
  }
  if (bits === 8) return Math.fround(Math.max(high, -low) / 127)
  return Math.fround((high >= -low ? high : low) / -8)
}

/** Scale and zero point of a block whose 16 levels reach from its least to its largest value, 0 among them. */
function spread(values: Float32Array, from: number, to: number): { scale: number; zero: number } {
  let [low, high] = [0, 0]
  for (let i = from; i < to; i++) {
    const value = values[i]!
    if (value < low) low = value
    if (value > high) high = value
  }
  const scale = Math.fround((high - low) / 15)
  return { scale, zero: scale === 0 ? 8 : Math.min(15, Math.max(0, Math.round(-low / scale))) }
}

function writeBytes(values: Float32Array, from: number, to: number, scale: number, data: Uint8Array, at: number): void {
  const inverse = 1 / scale
  // no code is below 1, so cutting off rounds
  for (let i = from; i < to; i++) data[at + i - from] = (values[i]! * inverse + 128.5) | 0
}

function writeNibbles(
  values: Float32Array,
  from: number,
  to: number,
  scale: number,
  zero: number,
  data: Uint8Array,
  at: number,
): void {
  const inverse = 1 / scale
  for (let i = from; i < to; i++) {
    setNibble(data, 2 * at + i - from, Math.min(15, Math.max(0, Math.round(values[i]! * inverse) + zero)))
  }
}

function setNibble(data: Uint8Array, index: number, value: number): void {
  const byte = index >> 1
  data[byte] = index & 1 ? (data[byte]! & 0x0f) | (value << 4) : (data[byte]! & 0xf0) | value
}

/** rows × cols → cols × rows. */
export function transpose(values: Float32Array, rows: number, cols: number): Float32Array {
  const out = new Float32Array(values.length)
  for (let r = 0; r < rows; r++) for (let c = 0; c < cols; c++) out[c * rows + r] = values[r * cols + c]!
  return out
}
