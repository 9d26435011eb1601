/** A stream of 32-bit numbers that a seed decides (xorshift32), for weights that mean nothing. */
export class RandomBits {
  private state: number

  /** @param seed not 0 */
  constructor(seed: number) {
    this.state = seed
  }

  next(): number {
    let x = this.state
    x ^= x << 13
    x ^= x >>> 17
    x ^= x << 5
    this.state = x
    return x >>> 0
  }

  bytes(count: number): Uint8Array<ArrayBuffer> {
    const words = Uint32Array.from({ length: Math.ceil(count / 4) }, () => this.next())
    return new Uint8Array(words.buffer, 0, count)
  }

  /** Bfloat16 numbers of either sign, their magnitudes even over [2^exponent, 2^(exponent + 1)). */
  bfloat16(count: number, exponent: number): Uint16Array<ArrayBuffer> {
    const out = new Uint16Array(count)
    const high = (127 + exponent) << 7
    for (let i = 0; i < count; i++) {
      const bits = this.next()
      out[i] = ((bits >>> 31) << 15) | high | (bits & 0x7f)
    }
    return out
  }
}
