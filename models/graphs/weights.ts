import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs'
import type { Element, StoredTensor } from './builder.ts'

/** ONNX Runtime maps external tensors page by page; 4,096 is the page of every desktop but macOS on ARM, which copies instead. */
const ALIGNMENT = 4096

/** Appends tensors to one file that all graphs of a model share; a name is written once, however many graphs use it. */
export class WeightWriter {
  private readonly fd: number
  private readonly tensors = new Map<string, StoredTensor>()
  private offset = 0

  constructor(path: string) {
    this.fd = openSync(path, 'wx')
  }

  /** The tensor of this name, written now if it is new. `bytes` is called only then. */
  store(name: string, element: Element, dims: readonly number[], bytes: () => Uint8Array): StoredTensor {
    const known = this.tensors.get(name)
    if (known) return known
    const data = bytes()
    const start = Math.ceil(this.offset / ALIGNMENT) * ALIGNMENT
    for (let done = 0; done < data.byteLength;)
      done += writeSync(this.fd, data, done, data.byteLength - done, start + done)
    this.offset = start + data.byteLength
    const tensor = { name, element, dims: [...dims], offset: start, byteLength: data.byteLength }
    this.tensors.set(name, tensor)
    return tensor
  }

  /** Ends the file on disk. */
  close(): void {
    fsyncSync(this.fd)
    closeSync(this.fd)
  }
}

export function asBytes(array: Float32Array | Uint8Array | Int8Array): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength)
}
