import { closeSync } from 'node:fs'
import { totalmem } from 'node:os'
import path from 'node:path'
import * as v from 'valibot'
import { DepthwiseError } from '../common/errors.ts'
import { fill, openPart } from './file.ts'
import { JsonError, parseJson } from './json-text.ts'

const BYTES = { F64: 8, F32: 4, F16: 2, BF16: 2, I64: 8, I32: 4, U32: 4, I16: 2, I8: 1, U8: 1, BOOL: 1 } as const
type DType = keyof typeof BYTES

/** Bounds far above what any published model has; a header costs some ten times its size in memory. */
const MAX_HEADER = 64_000_000
const MAX_RANK = 8
const MAX_NAME = 500

const LengthSchema = v.pipe(v.number(), v.safeInteger(), v.minValue(0))
const EntrySchema = v.strictObject({
  dtype: v.picklist(Object.keys(BYTES) as [DType, ...DType[]]),
  shape: v.pipe(v.array(LengthSchema), v.maxLength(MAX_RANK)),
  data_offsets: v.strictTuple([LengthSchema, LengthSchema]),
})

export interface TensorEntry {
  name: string
  dtype: DType
  shape: readonly number[]
  /** Offset in the file, in bytes. */
  start: number
  byteLength: number
}

/** A run of rows. */
export interface Rows {
  from: number
  count: number
}

/** A safetensors file whose header has been checked; tensors are read one at a time, or some rows of one. */
export class SafetensorsFile {
  readonly place: string
  readonly entries: ReadonlyMap<string, TensorEntry>
  private readonly fd: number

  /** @throws DepthwiseError MODEL_WEIGHTS: unreadable, cut, overlapping or inconsistent */
  constructor(place: string) {
    this.place = place
    const { fd, size } = openPart(place, 'MODEL_WEIGHTS', `The weights file ${path.basename(place)}`)
    this.fd = fd
    try {
      this.entries = this.readHeader(size)
    } catch (error) {
      this.close()
      throw error
    }
  }

  close(): void {
    closeSync(this.fd)
  }

  /** A floating-point tensor as float32. @throws DepthwiseError MODEL_WEIGHTS: missing, of another shape or type, NaN or infinite */
  readFloats(name: string, shape: readonly number[]): Float32Array {
    return this.readRows(name, shape, 0, shape[0] ?? 1)
  }

  /** `count` rows of it from the row `from` on; a row is what the first dimension counts. @throws as readFloats */
  readRows(name: string, shape: readonly number[], from: number, count: number): Float32Array {
    const values = this.readAny(name, shape, { from, count })
    if (!areFinite(values)) throw this.bad('holds a value that is not a finite number', name)
    return values
  }

  /** A file by itself says of no tensor that it is a code. */
  matrix(): null {
    return null
  }

  /** An integer tensor, or some rows of it. @throws as readFloats */
  readInts(name: string, rows?: Rows): { shape: readonly number[]; values: Int32Array | Int8Array } {
    const entry = this.entry(name)
    const bytes = this.bytes(entry, rows)
    if (entry.dtype === 'I64') return { shape: entry.shape, values: Int32Array.from(new BigInt64Array(bytes), Number) }
    if (entry.dtype === 'I32') return { shape: entry.shape, values: new Int32Array(bytes) }
    if (entry.dtype === 'I8') return { shape: entry.shape, values: new Int8Array(bytes) }
    throw this.bad(`should hold integers but holds ${entry.dtype}`, name)
  }

  private readAny(name: string, shape: readonly number[], rows: Rows): Float32Array {
    const entry = this.entry(name)
    if (entry.shape.length !== shape.length || entry.shape.some((dim, i) => dim !== shape[i])) {
      throw this.bad(`has shape [${entry.shape.join(', ')}] where [${shape.join(', ')}] is needed`, name)
    }
    switch (entry.dtype) {
      case 'F32':
        return new Float32Array(this.bytes(entry, rows))
      case 'F64':
        return new Float32Array(new Float64Array(this.bytes(entry, rows)))
      case 'BF16':
        return fromBfloat16(new Uint16Array(this.bytes(entry, rows)))
      case 'F16':
        return new Float32Array(new Float16Array(this.bytes(entry, rows)))
      default:
        throw this.bad(`should hold floating-point numbers but holds ${entry.dtype}`, name)
    }
  }

  private entry(name: string): TensorEntry {
    const entry = this.entries.get(name)
    if (!entry) throw this.bad('is missing', name)
    return entry
  }

  private bytes(entry: TensorEntry, rows?: Rows): ArrayBuffer {
    const all = entry.shape[0] ?? 1
    const { from, count } = rows ?? { from: 0, count: all }
    if (!(from >= 0 && count >= 0 && from + count <= all)) throw new RangeError(`no rows ${from} to ${from + count}`)
    const rowBytes = all === 0 ? 0 : entry.byteLength / all
    // what was read and its float32 form are held at the same time
    if (2 * count * rowBytes > totalmem()) throw this.bad('is larger than the memory of this machine', entry.name)
    const buffer = new ArrayBuffer(count * rowBytes)
    this.fill(new Uint8Array(buffer), entry.start + from * rowBytes)
    return buffer
  }

  private readHeader(size: number): Map<string, TensorEntry> {
    if (size < 8) throw this.bad('is too short to be a safetensors file')
    const lengthBytes = new Uint8Array(8)
    this.fill(lengthBytes, 0)
    const length = Number(new DataView(lengthBytes.buffer).getBigUint64(0, true))
    if (length > MAX_HEADER) throw this.bad(`claims a header of ${length} bytes; at most ${MAX_HEADER} are accepted`)
    if (length > size - 8) throw this.bad(`is cut: its header of ${length} bytes does not fit into ${size}`)
    const text = new Uint8Array(length)
    this.fill(text, 8)
    return this.checkEntries(this.parse(text), 8 + length, size)
  }

  private parse(text: Uint8Array): Record<string, unknown> {
    try {
      const { data, keys } = parseJson(text)
      if (typeof data !== 'object' || data === null || Array.isArray(data)) throw new JsonError('is no object')
      if (Object.keys(data).length !== keys) throw new JsonError('names a tensor twice')
      return data as Record<string, unknown>
    } catch (cause) {
      if (!(cause instanceof JsonError)) throw cause
      throw this.bad(`has a header that ${cause.message}`, undefined, cause)
    }
  }

  private checkEntries(header: Record<string, unknown>, dataStart: number, size: number): Map<string, TensorEntry> {
    const entries: TensorEntry[] = []
    for (const [name, value] of Object.entries(header)) {
      if (name === '__metadata__') continue
      if (name.length > MAX_NAME) throw this.bad(`has a tensor whose name is longer than ${MAX_NAME} characters`)
      const parsed = v.safeParse(EntrySchema, value)
      if (!parsed.success) throw this.bad(`is described wrongly: ${v.summarize(parsed.issues).slice(0, 300)}`, name)
      const { dtype, shape, data_offsets } = parsed.output
      const [from, to] = data_offsets
      const byteLength = shape.reduce((product, dim) => product * dim, BYTES[dtype])
      if (!Number.isSafeInteger(byteLength) || to - from !== byteLength) {
        throw this.bad(`takes ${to - from} bytes where its shape needs ${byteLength}`, name)
      }
      entries.push({ name, dtype, shape, start: dataStart + from, byteLength })
    }
    entries.sort((a, b) => a.start - b.start || a.byteLength - b.byteLength)
    let end = dataStart
    for (const entry of entries) {
      if (entry.start !== end)
        throw this.bad(entry.start < end ? 'overlaps another tensor' : 'leaves a gap before it', entry.name)
      end += entry.byteLength
    }
    if (end !== size)
      throw this.bad(
        end > size
          ? `is cut: ${end} bytes are described, ${size} are there`
          : 'has bytes at its end that no tensor describes',
      )
    return new Map(entries.map((entry) => [entry.name, entry]))
  }

  private fill(target: Uint8Array, position: number): void {
    let complete: boolean
    try {
      complete = fill(this.fd, target, position)
    } catch (cause) {
      throw this.bad('cannot be read', undefined, cause)
    }
    if (!complete) throw this.bad('ended before all of it was read')
  }

  private bad(what: string, tensor?: string, cause?: unknown): DepthwiseError {
    const file = path.basename(this.place)
    const message =
      tensor === undefined ? `The weights file ${file} ${what}.` : `The tensor ${tensor} in ${file} ${what}.`
    return new DepthwiseError('MODEL_WEIGHTS', message, { detail: tensor ?? this.place, cause })
  }
}

function areFinite(values: Float32Array): boolean {
  let sum = 0
  // of a product with 0 only NaN and the infinities leave something
  for (let i = 0; i < values.length; i++) sum += values[i]! * 0
  return sum === 0
}

function fromBfloat16(bits: Uint16Array): Float32Array {
  const out = new Uint32Array(bits.length)
  for (let i = 0; i < bits.length; i++) out[i] = bits[i]! << 16
  return new Float32Array(out.buffer)
}
