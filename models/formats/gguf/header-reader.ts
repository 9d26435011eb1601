import type { DepthwiseError } from '../../common/errors.ts'
import { fill } from '../file.ts'

/** Where the values of a list lie in the file. */
export interface MetadataList {
  type: number
  length: number
  at: number
}

export type MetadataValue = number | string | boolean | MetadataList

/** A header costs as much memory as is asked for of it; none of a published model takes a tenth of this. */
const MAX_HEADER = 256_000_000
const MAX_TEXT = 16_000_000
const MAX_LIST = 4_000_000

/** Numbers that GGUF has for types of values. */
const TYPE = { u8: 0, i8: 1, u16: 2, i16: 3, u32: 4, i32: 5, f32: 6, bool: 7, string: 8, list: 9, u64: 10, i64: 11, f64: 12 } as const // prettier-ignore
/** Their bytes, where these are the same for every value. */
const BYTES: Readonly<Record<number, number>> = { 0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8 }

/** Bytes of the file that are held at a time. */
const WINDOW = 1 << 20

/** Reads the header of a GGUF file from its beginning on; every length is checked before anything is made of it. */
export class HeaderReader {
  /** Offset in the file of what is read next. */
  at = 0
  private readonly fd: number
  private readonly end: number
  private readonly bad: (what: string) => DepthwiseError
  private window = new Uint8Array(0)
  private windowAt = 0

  /** @param size of the file, in bytes @param bad the error of a header that is wrong, in words that follow the file's name */
  constructor(fd: number, size: number, bad: (what: string) => DepthwiseError) {
    this.fd = fd
    this.end = Math.min(size, MAX_HEADER)
    this.bad = bad
  }

  u32(): number {
    return this.take(4).getUint32(0, true)
  }

  /** As a number: what is no safe integer is too large for anything it could count. */
  u64(): number {
    return Number(this.take(8).getBigUint64(0, true))
  }

  count(most: number, of: string): number {
    const count = this.u64()
    if (count > most) throw this.bad(`claims ${count} ${of}; at most ${most} are accepted`)
    return count
  }

  text(bytes: number): string {
    const { buffer, byteOffset } = this.take(bytes)
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(
        new Uint8Array(buffer, byteOffset, bytes),
      )
    } catch {
      throw this.bad('has a text that is no UTF-8')
    }
  }

  string(most = MAX_TEXT): string {
    return this.text(this.count(most, 'characters of one text'))
  }

  value(): MetadataValue {
    return this.typed(this.u32())
  }

  /** The values of a list, which lie where `value` found them. */
  items({ type, length, at }: MetadataList): (number | string)[] {
    this.at = at
    return Array.from({ length }, () => {
      const value = this.typed(type)
      return typeof value === 'boolean' ? Number(value) : (value as number | string)
    })
  }

  private typed(type: number): MetadataValue {
    switch (type) {
      case TYPE.u8:
        return this.take(1).getUint8(0)
      case TYPE.i8:
        return this.take(1).getInt8(0)
      case TYPE.u16:
        return this.take(2).getUint16(0, true)
      case TYPE.i16:
        return this.take(2).getInt16(0, true)
      case TYPE.u32:
        return this.u32()
      case TYPE.i32:
        return this.take(4).getInt32(0, true)
      case TYPE.f32:
        return this.take(4).getFloat32(0, true)
      case TYPE.bool:
        return this.take(1).getUint8(0) !== 0
      case TYPE.string:
        return this.string()
      case TYPE.list:
        return this.list()
      case TYPE.u64:
        return this.u64()
      case TYPE.i64:
        return Number(this.take(8).getBigInt64(0, true))
      case TYPE.f64:
        return this.take(8).getFloat64(0, true)
      default:
        throw this.bad(`has a value of the unknown type ${type}`)
    }
  }

  /** Passes over a list and remembers where it lies. */
  private list(): MetadataList {
    const type = this.u32()
    const length = this.count(MAX_LIST, 'values of one list')
    const { at } = this
    if (type === TYPE.string) {
      for (let i = 0; i < length; i++) this.skip(this.count(MAX_TEXT, 'characters of one text'))
    } else {
      const bytes = BYTES[type]
      if (bytes === undefined) throw this.bad('has a list of lists, or of an unknown type')
      this.skip(length * bytes)
    }
    return { type, length, at }
  }

  private skip(bytes: number): void {
    this.need(bytes)
    this.at += bytes
  }

  private take(bytes: number): DataView {
    this.need(bytes)
    if (this.at < this.windowAt || this.at + bytes > this.windowAt + this.window.length) this.load(bytes)
    const view = new DataView(this.window.buffer, this.at - this.windowAt, bytes)
    this.at += bytes
    return view
  }

  private need(bytes: number): void {
    if (this.at + bytes > this.end) throw this.bad('is cut, or its header is larger than any')
  }

  private load(bytes: number): void {
    this.window = new Uint8Array(Math.min(this.end - this.at, Math.max(bytes, WINDOW)))
    this.windowAt = this.at
    if (!fill(this.fd, this.window, this.at)) throw this.bad('ended before all of it was read')
  }
}
