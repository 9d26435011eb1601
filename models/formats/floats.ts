/** One array of all parts, in their order. */
export function concatenate(parts: readonly Float32Array[]): Float32Array<ArrayBuffer> {
  const all = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}

/** The largest float32 below a number. */
export function float32Below(value: number): number {
  const near = Math.fround(value)
  if (near < value) return near
  if (near === 0) return -(2 ** -149)
  const bits = new DataView(new ArrayBuffer(4))
  bits.setFloat32(0, near)
  bits.setInt32(0, bits.getInt32(0) + (near > 0 ? -1 : 1))
  return bits.getFloat32(0)
}

/** The least float32 above a number: what must be reached, where a number must be exceeded. */
export function float32Above(value: number): number {
  return -float32Below(-value)
}

/** Whether none of them is NaN or an infinity. */
export function areFinite(values: Float32Array): boolean {
  let sum = 0
  // of a product with 0 only NaN and the infinities leave something
  for (let i = 0; i < values.length; i++) sum += values[i]! * 0
  return sum === 0
}
