import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs'
import { setImmediate } from 'node:timers/promises'
import type { Element, StoredTensor } from './builder.ts'
import { ELEMENT_BYTES } from './builder.ts'

/** ONNX Runtime maps external tensors page by page; 4,096 is the page of every desktop but macOS on ARM, which copies instead. */
const ALIGNMENT = 4096
/** Milliseconds of work behind which waiting messages and signals are heard. */
const PAUSE_MS = 20

/** Some bytes of a tensor, from a place in it on. */
export interface Piece {
  at: number
  bytes: Uint8Array
}
/** Makes the bytes of a tensor piece by piece, so that no tensor need find room in memory; all of them, in any order. */
export type Contents = () => Iterable<Piece>

/** One file of tensors that all graphs of a model share; a name has one place, however many graphs use it. */
export class WeightWriter {
  private readonly fd: number
  private readonly tensors = new Map<string, StoredTensor>()
  private waiting: { tensor: StoredTensor; contents: Contents }[] = []
  private offset = 0

  constructor(path: string) {
    this.fd = openSync(path, 'wx')
  }

  /** Bytes of the file once it is written. */
  get byteLength(): number {
    return this.offset
  }

  /** The tensor of this name, which has its place from now on. `contents` are asked for by `write`, and only of a new one. */
  store(name: string, element: Element, dims: readonly number[], contents: Contents): StoredTensor {
    const known = this.tensors.get(name)
    if (known) return known
    const start = Math.ceil(this.offset / ALIGNMENT) * ALIGNMENT
    const byteLength = dims.reduce((product, dim) => product * dim, ELEMENT_BYTES[element])
    const tensor = { name, element, dims: [...dims], offset: start, byteLength }
    this.offset = start + byteLength
    this.tensors.set(name, tensor)
    this.waiting.push({ tensor, contents })
    return tensor
  }

  /** Writes what was stored since the last time, and lets waiting messages through meanwhile. @throws as `contents` */
  async write(): Promise<void> {
    const all = this.waiting
    this.waiting = []
    let heard = performance.now()
    for (const { tensor, contents } of all) {
      let written = 0
      for (const { at, bytes } of contents()) {
        this.put(bytes, tensor.offset + at)
        written += bytes.byteLength
        if (performance.now() - heard < PAUSE_MS) continue
        await setImmediate()
        heard = performance.now()
      }
      if (written !== tensor.byteLength) throw new Error(`${tensor.name} has ${written} of ${tensor.byteLength} bytes`)
    }
    fsyncSync(this.fd)
  }

  close(): void {
    closeSync(this.fd)
  }

  private put(bytes: Uint8Array, position: number): void {
    for (let done = 0; done < bytes.byteLength;)
      done += writeSync(this.fd, bytes, done, bytes.byteLength - done, position + done)
  }
}

export function asBytes(array: Float32Array | Uint8Array | Int8Array): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength)
}
