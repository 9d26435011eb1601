import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs'
import { writable } from '../prepare/folder.ts'

export interface TensorShape {
  name: string
  shape: readonly number[]
}

/** Headers are padded to this many bytes, so that the values behind them are aligned. */
const ALIGNMENT = 8

/**
 * Writes a safetensors file of float32 tensors whose shapes are known beforehand, one at a time and in any order.
 * @throws DepthwiseError CACHE_UNWRITABLE from everything that writes
 */
export class SafetensorsWriter {
  private readonly path: string
  private readonly fd: number
  /** Of those not yet written: offset in the file and length, in bytes. */
  private readonly places = new Map<string, { offset: number; byteLength: number }>()

  constructor(path: string, tensors: readonly TensorShape[]) {
    this.path = path
    const header: Record<string, unknown> = {}
    let end = 0
    for (const { name, shape } of tensors) {
      const byteLength = shape.reduce((product, dim) => product * dim, Float32Array.BYTES_PER_ELEMENT)
      header[name] = { dtype: 'F32', shape, data_offsets: [end, end + byteLength] }
      this.places.set(name, { offset: end, byteLength })
      end += byteLength
    }
    const text = Buffer.from(JSON.stringify(header))
    const length = Math.ceil(text.length / ALIGNMENT) * ALIGNMENT
    const start = Buffer.alloc(8 + length, ' ')
    start.writeBigUInt64LE(BigInt(length))
    text.copy(start, 8)
    for (const place of this.places.values()) place.offset += start.length
    this.fd = openSync(path, 'wx')
    this.put(start, 0)
  }

  /** @param values as many as the tensor's shape says; each tensor once */
  write(name: string, values: Float32Array): void {
    const place = this.places.get(name)
    if (place?.byteLength !== values.byteLength) throw new Error(`${name} does not belong here`)
    this.places.delete(name)
    this.put(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), place.offset)
  }

  /** Ends a file that has all its tensors, on disk. */
  finish(): void {
    const [missing] = this.places.keys()
    if (missing !== undefined) throw new Error(`${missing} was not written`)
    writable(this.path, () => {
      fsyncSync(this.fd)
    })
  }

  close(): void {
    closeSync(this.fd)
  }

  private put(bytes: Uint8Array, position: number): void {
    writable(this.path, () => {
      for (let done = 0; done < bytes.length;)
        done += writeSync(this.fd, bytes, done, bytes.length - done, position + done)
    })
  }
}
