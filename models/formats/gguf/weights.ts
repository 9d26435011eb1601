import { closeSync } from 'node:fs'
import { totalmem } from 'node:os'
import path from 'node:path'
import { DepthwiseError } from '../../common/errors.ts'
import { fill, openFile } from '../file.ts'
import type { TensorEntry } from '../safetensors.ts'
import type { Codes, StoredMatrix, Weights } from '../stored.ts'
import { publishedName, ROPE_FACTORS, turnedBy } from './architecture.ts'
import type { GgufTensor } from './header.ts'

/** How the rows of queries and keys lie in a file, where they lie as RoPE by neighbours wants them. */
export interface Heads {
  queries: number
  keys: number
}

interface Found {
  tensor: GgufTensor
  /** Rows of a head, where the two halves of every head lie mixed; 0: rows lie as they are wanted. */
  mixed: number
}

/** The tensors of a GGUF file under the names of transformers, rows of queries and keys in its order. */
export class GgufWeights implements Weights {
  readonly entries: ReadonlyMap<string, TensorEntry>
  private readonly found = new Map<string, Found>()
  private readonly place: string
  private readonly fd: number

  /**
   * @param heads null where rows of Q and K lie as transformers has them
   * @throws DepthwiseError MODEL_WEIGHTS
   */
  constructor(place: string, tensors: readonly GgufTensor[], heads: Heads | null) {
    this.place = place
    for (const tensor of tensors) {
      if (tensor.name === ROPE_FACTORS && tensors.length > 1) continue
      const name = publishedName(tensor.name)
      const turned = heads && turnedBy(tensor.name)
      const mixed = turned ? tensor.shape[0]! / heads[turned] : 0
      if (!Number.isInteger(mixed / 2)) throw this.bad(`has ${tensor.shape[0]} rows, which are no whole heads`, name)
      this.found.set(name, { tensor, mixed })
    }
    this.entries = new Map([...this.found].map(([name, { tensor }]) => [name, entryOf(name, tensor)]))
    this.fd = openFile(place, 'MODEL_WEIGHTS', path.basename(place)).fd
  }

  readFloats(name: string, shape: readonly number[]): Float32Array {
    return this.readRows(name, shape, 0, shape[0] ?? 1)
  }

  /** `count` rows from the row `from` on; a row is what the first dimension counts. @throws as readFloats */
  readRows(name: string, shape: readonly number[], from: number, count: number): Float32Array {
    const { tensor } = this.known(name)
    if (tensor.shape.length !== shape.length || tensor.shape.some((dim, i) => dim !== shape[i])) {
      const [is, needed] = [tensor.shape.join(', '), shape.join(', ')]
      throw this.bad(`has shape [${is}] where [${needed}] is needed`, name)
    }
    const { type } = tensor
    const bytes = this.rows(name, from, count)
    const out = new Float32Array((bytes.byteLength / type.bytes) * type.values)
    for (let at = 0, to = 0; at < bytes.byteLength; at += type.bytes, to += type.values) type.decode(bytes, at, out, to)
    for (let i = 0; i < out.length; i++) {
      // only NaN and the infinities leave something
      if (out[i]! - out[i]! !== 0) throw this.bad('holds a value that is not a finite number', name)
    }
    return out
  }

  readInts(name: string): never {
    throw this.bad('should hold integers, of which a GGUF file has none', name)
  }

  matrix(name: string): StoredMatrix | null {
    const found = this.found.get(name)
    const codes = found?.tensor.type.codes
    if (!found || !codes || found.tensor.shape.length !== 2) return null
    const { type } = found.tensor
    const readRows = (from: number, count: number): Codes => {
      const bytes = this.rows(name, from, count)
      const blocks = bytes.byteLength / type.bytes
      const out = { codes: new Int8Array(blocks * type.values), scales: new Float32Array(blocks) }
      for (let b = 0; b < blocks; b++) out.scales[b] = codes.read(bytes, b * type.bytes, out.codes, b * type.values)
      if (!out.scales.every(Number.isFinite)) throw this.bad('holds a value that is not a finite number', name)
      return out
    }
    return { bits: codes.bits, group: type.values, exact: true, readRows }
  }

  close(): void {
    closeSync(this.fd)
  }

  /** Bytes of some rows, in transformers' order. */
  private rows(name: string, from: number, count: number): DataView {
    const { tensor, mixed } = this.known(name)
    const all = tensor.shape[0]!
    if (!(from >= 0 && count >= 0 && from + count <= all)) throw new RangeError(`no rows ${from} to ${from + count}`)
    const rowBytes = tensor.byteLength / all
    if (!Number.isInteger(rowBytes)) throw this.bad('is a list of values in blocks, which nothing here can be', name)
    if (mixed === 0) return new DataView(this.bytes(tensor, from * rowBytes, count * rowBytes))
    // whole heads, as far as the rows reach into them
    const first = Math.floor(from / mixed) * mixed
    const last = Math.ceil((from + count) / mixed) * mixed
    const stored = new Uint8Array(this.bytes(tensor, first * rowBytes, (last - first) * rowBytes))
    const out = new Uint8Array(count * rowBytes)
    for (let row = from; row < from + count; row++) {
      const inHead = row % mixed
      const pair = inHead % (mixed / 2)
      const at = row - inHead - first + 2 * pair + (inHead < mixed / 2 ? 0 : 1)
      out.set(stored.subarray(at * rowBytes, (at + 1) * rowBytes), (row - from) * rowBytes)
    }
    return new DataView(out.buffer)
  }

  private bytes(tensor: GgufTensor, at: number, length: number): ArrayBuffer {
    // four bits become 32
    if (9 * length > totalmem()) throw this.bad('is larger than the memory of this machine', tensor.name)
    const bytes = new Uint8Array(length)
    let complete: boolean
    try {
      complete = fill(this.fd, bytes, tensor.start + at)
    } catch (cause) {
      throw this.bad('cannot be read', tensor.name, cause)
    }
    if (!complete) throw this.bad('ended before all of it was read', tensor.name)
    return bytes.buffer
  }

  private known(name: string): Found {
    const found = this.found.get(name)
    if (!found) throw this.bad('is missing', name)
    return found
  }

  private bad(what: string, tensor: string, cause?: unknown): DepthwiseError {
    const message = `The tensor ${tensor} in ${path.basename(this.place)} ${what}.`
    return new DepthwiseError('MODEL_WEIGHTS', message, { detail: tensor, cause })
  }
}

/** One tensor of a file, as float32. @throws DepthwiseError MODEL_WEIGHTS */
export function readTensor(place: string, tensor: GgufTensor): Float32Array {
  const weights = new GgufWeights(place, [tensor], null)
  try {
    return weights.readFloats(publishedName(tensor.name), tensor.shape)
  } finally {
    weights.close()
  }
}

/** As it is read, whatever it is stored as. */
function entryOf(name: string, { shape, start, byteLength }: GgufTensor): TensorEntry {
  return { name, dtype: 'F32', shape, start, byteLength }
}
