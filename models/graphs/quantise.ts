import type { Codes } from '../formats/stored.ts'

/** How a matrix is quantised, in blocks along its columns. */
export interface BlockFormat {
  bits: 4 | 8
  /** Columns that share a scale. */
  block: number
}

/** A quantised matrix in the layout of ONNX Runtime's MatMulNBits. */
export interface BlockQuantised {
  /** bits/8 bytes a value, rows × blocks × block·bits/8, the lower nibble first. */
  data: Uint8Array
  /** One scale per row and block: value = (q − 2^(bits−1)) · scale. */
  scales: Float32Array
}

/**
 * @param values rows × cols, row-major
 * @param format 8 bits: scale = max|x| / 127. 4 bits: the value of largest magnitude becomes −8, which wastes no level.
 */
export function quantise(
  values: Float32Array,
  rows: number,
  cols: number,
  { bits, block }: BlockFormat,
): BlockQuantised {
  const blocks = Math.ceil(cols / block)
  const bytes = (block * bits) / 8
  const zero = 1 << (bits - 1)
  const data = new Uint8Array(rows * blocks * bytes).fill(bits === 8 ? zero : zero * 17)
  const scales = new Float32Array(rows * blocks)
  for (let row = 0; row < rows; row++) {
    for (let b = 0; b < blocks; b++) {
      const from = row * cols + b * block
      const to = Math.min(from + block, (row + 1) * cols)
      const scale = scaleOf(values, from, to, bits)
      scales[row * blocks + b] = scale
      if (scale === 0) continue
      const at = (row * blocks + b) * bytes
      if (bits === 8) writeBytes(values, from, to, scale, data, at)
      else writeNibbles(values, from, to, scale, data, at)
    }
  }
  return { data, scales }
}

/** Codes as they are stored. */
export function packed({ codes, scales }: Codes, bits: 4 | 8): BlockQuantised {
  if (bits === 8) return { data: Uint8Array.from(codes, (code) => code + 128), scales }
  const data = new Uint8Array(codes.length / 2)
  for (let i = 0; i < data.length; i++) data[i] = (codes[2 * i]! + 8) | ((codes[2 * i + 1]! + 8) << 4)
  return { data, scales }
}

function scaleOf(values: Float32Array, from: number, to: number, bits: 4 | 8): number {
  if (bits === 8) {
    let most = 0
    for (let i = from; i < to; i++) {
      const size = Math.abs(values[i]!)
      if (size > most) most = size
    }
    return Math.fround(most / 127)
  }
  let [low, high] = [0, 0]
  for (let i = from; i < to; i++) {
    const value = values[i]!
    if (value < low) low = value
    if (value > high) high = value
  }
  return Math.fround((high >= -low ? high : low) / -8)
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
  data: Uint8Array,
  at: number,
): void {
  const inverse = 1 / scale
  for (let i = from; i < to; i++) {
    const code = Math.round(values[i]! * inverse) + 8
    setNibble(data, 2 * at + i - from, code < 0 ? 0 : code > 15 ? 15 : code)
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
