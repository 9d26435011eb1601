/**
 * Blocks of 256 values of GGUF's K types: sub-blocks of 16 or 32 values, whose scales (and least values) are small integers
 * times one or two float16 of the block. What lies where: ggml-quants.h and its dequantize_row_*.
 */
type Decode = (block: DataView, at: number, out: Float32Array, to: number) => void

const half = (block: DataView, at: number): number => block.getFloat16(at, true)

/** value = scale · code − least; scales and least values of 4 bits for every 16 values, codes of 2 bits. */
export const decodeQ2K: Decode = (block, at, out, to) => {
  const [codes, d, least] = [at + 16, half(block, at + 80), half(block, at + 82)]
  for (let i = 0; i < 256; i++) {
    const packed = block.getUint8(at + (i >> 4))
    out[to + i] = d * (packed & 15) * twoBits(block, codes, i) - least * (packed >> 4)
  }
}

/** value = scale · (code − 4 or 0); scales of 6 bits for every 16 values, the third bits of codes in a mask. */
export const decodeQ3K: Decode = (block, at, out, to) => {
  const [codes, scales, d] = [at + 32, at + 96, half(block, at + 108)]
  for (let i = 0; i < 256; i++) {
    const s = i >> 4
    const low = s < 8 ? block.getUint8(scales + s) & 15 : block.getUint8(scales + s - 8) >> 4
    const scale = (low | (((block.getUint8(scales + 8 + (s & 3)) >> (2 * (s >> 2))) & 3) << 4)) - 32
    const high = (block.getUint8(at + (i & 31)) >> (i >> 5)) & 1
    out[to + i] = d * scale * (twoBits(block, codes, i) - (high ? 0 : 4))
  }
}

/** Of each 128 values in 32 bytes, value i: bits 2 · (i / 32) of byte i mod 32. */
function twoBits(block: DataView, codes: number, i: number): number {
  const byte = block.getUint8(codes + 32 * (i >> 7) + (i & 31))
  return (byte >> (2 * ((i >> 5) & 3))) & 3
}

/** value = scale · code − least; for every 32 values. */
export const decodeQ4K: Decode = (block, at, out, to) => {
  const [d, least, codes] = [half(block, at), half(block, at + 2), at + 16]
  for (let s = 0; s < 8; s++) {
    const [scale, min] = scaleAndLeast(block, at + 4, s)
    for (let i = 0; i < 32; i++) out[to + 32 * s + i] = d * scale * nibble(block, codes, s, i) - least * min
  }
}

/** The same with fifth bits. */
export const decodeQ5K: Decode = (block, at, out, to) => {
  const [d, least, high, codes] = [half(block, at), half(block, at + 2), at + 16, at + 48]
  for (let s = 0; s < 8; s++) {
    const [scale, min] = scaleAndLeast(block, at + 4, s)
    for (let i = 0; i < 32; i++) {
      const code = nibble(block, codes, s, i) | (((block.getUint8(high + i) >> s) & 1) << 4)
      out[to + 32 * s + i] = d * scale * code - least * min
    }
  }
}

/** Two sub-blocks share 32 bytes, the first in the low nibbles. */
function nibble(block: DataView, codes: number, s: number, i: number): number {
  const byte = block.getUint8(codes + 32 * (s >> 1) + i)
  return s & 1 ? byte >> 4 : byte & 15
}

/** Eight scales and eight least values of 6 bits each in 12 bytes. */
function scaleAndLeast(block: DataView, at: number, s: number): [scale: number, least: number] {
  const byte = (i: number): number => block.getUint8(at + i)
  if (s < 4) return [byte(s) & 63, byte(s + 4) & 63]
  return [(byte(s + 4) & 15) | ((byte(s - 4) >> 6) << 4), (byte(s + 4) >> 4) | ((byte(s) >> 6) << 4)]
}

/** value = scale · (code − 32); scales of 8 bits for every 16 values, codes of 4 bits and 2 beside them. */
export const decodeQ6K: Decode = (block, at, out, to) => {
  const [high, scales, d] = [at + 128, at + 192, half(block, at + 208)]
  for (let i = 0; i < 256; i++) {
    const [part, quarter, place] = [i >> 7, (i >> 5) & 3, i & 31]
    const byte = block.getUint8(at + 64 * part + 32 * (quarter & 1) + place)
    const low = quarter < 2 ? byte & 15 : byte >> 4
    const top = (block.getUint8(high + 32 * part + place) >> (2 * quarter)) & 3
    out[to + i] = d * block.getInt8(scales + (i >> 4)) * ((low | (top << 4)) - 32)
  }
}
