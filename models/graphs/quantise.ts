/** Symmetric block quantisation along the columns of a matrix, in the layout of ONNX Runtime's MatMulNBits. */
export interface BlockQuantised {
  /** bits/8 bytes a value, rows × blocks × block·bits/8, the lower nibble first. */
  data: Uint8Array
  /** One scale per row and block: value = (q − 2^(bits−1)) · scale. */
  scales: Float32Array
  blocks: number
}

/**
 * @param values rows × cols, row-major
 * @param bits 8: scale = max|x| / 127. 4: the value of largest magnitude becomes −8, which wastes no level.
 */
export function quantise(values: Float32Array, rows: number, cols: number, bits: 4 | 8, block: number): BlockQuantised {
  const blocks = Math.ceil(cols / block)
  const blockBytes = (block * bits) / 8
  const zero = 1 << (bits - 1)
  const top = (1 << bits) - 1
  const data = new Uint8Array(rows * blocks * blockBytes).fill(bits === 8 ? zero : zero * 17)
  const scales = new Float32Array(rows * blocks)
  for (let row = 0; row < rows; row++) {
    for (let b = 0; b < blocks; b++) {
      const from = row * cols + b * block
      const to = Math.min(from + block, (row + 1) * cols)
      let peak = 0
      for (let i = from; i < to; i++) if (Math.abs(values[i]!) > Math.abs(peak)) peak = values[i]!
      const scale = Math.fround(bits === 8 ? Math.abs(peak) / 127 : peak / -8)
      scales[row * blocks + b] = scale
      if (scale === 0) continue
      const at = (row * blocks + b) * blockBytes
      for (let i = from; i < to; i++) {
        const q = Math.min(top, Math.max(0, Math.round(values[i]! / scale) + zero))
        const k = i - from
        if (bits === 8) data[at + k] = q
        else data[at + (k >> 1)] = k & 1 ? (data[at + (k >> 1)]! & 0x0f) | (q << 4) : (data[at + (k >> 1)]! & 0xf0) | q
      }
    }
  }
  return { data, scales, blocks }
}

/** rows × cols → cols × rows. */
export function transpose(values: Float32Array, rows: number, cols: number): Float32Array {
  const out = new Float32Array(values.length)
  for (let r = 0; r < rows; r++) for (let c = 0; c < cols; c++) out[c * rows + r] = values[r * cols + c]!
  return out
}
