import { deflateRawSync, inflateRawSync } from 'node:zlib'
import type { Gate, Likelihood, Likely } from '../../models/common/values.ts'
import type { TokenDetails } from '../contract/values.ts'

/** First byte of every part; another one says that the form is another. */
const FORM = 1

/** No part is larger than this once it is unpacked, in bytes; one that claims to be is damaged. */
const MOST = 4 * 1024 ** 2

/** Steps of a logarithm of a probability in one unit: a probability is right to 1 part in 8,000. */
const FINENESS = 4096

/** Bits of a token's first byte; above them, the place of the token itself among the likeliest, from 1, or 0. */
const HAS = { likelihood: 1, gate: 2, passed: 4, least: 8 }
const PLACE = 16

/**
 * Compact bytes for what decided about some tokens, about 29 a token with five alternatives: logarithms of probabilities
 * in 16 bits down to −16, scores in 24 bits, names apart from numbers, all of it deflated. Of more than 15 likeliest tokens
 * the first 15 are kept.
 */
export function packDetails(tokens: readonly TokenDetails[]): Buffer {
  const numbers = new Writer()
  const names: string[] = []
  for (const { likelihood, gate } of tokens) {
    const likeliest = likelihood?.likeliest.slice(0, 15) ?? []
    const place =
      likeliest.findIndex((one) => one.text === likelihood?.text && one.logProbability === likelihood.logProbability) +
      1
    let flags = place * PLACE
    if (likelihood) flags |= HAS.likelihood
    if (gate) flags |= HAS.gate | (gate.passed ? HAS.passed : 0) | (gate.least !== null ? HAS.least : 0)
    numbers.byte(flags)
    if (likelihood) {
      numbers.byte(likeliest.length)
      for (const one of place > 0 ? likeliest : [...likeliest, likelihood]) {
        numbers.log(one.logProbability)
        names.push(one.text)
      }
    }
    if (gate) numbers.score(gate.score)
    if (gate?.least != null) numbers.score(gate.least)
  }
  const text = Buffer.from(names.map((name) => name.replaceAll('\0', '\uFFFD')).join('\0'))
  const head = Buffer.alloc(4)
  head.writeUInt32LE(numbers.bytes.length)
  return Buffer.concat([Buffer.of(FORM), deflateRawSync(Buffer.concat([head, Buffer.from(numbers.bytes), text]))])
}

/** What `packDetails` was given; empty where the bytes make no sense. */
export function unpackDetails(bytes: unknown): TokenDetails[] {
  if (!(bytes instanceof Uint8Array) || bytes[0] !== FORM) return []
  try {
    const all = inflateRawSync(bytes.subarray(1), { maxOutputLength: MOST })
    const end = 4 + all.readUInt32LE(0)
    const reader = new Reader(all.subarray(4, end))
    const names = all.subarray(end).toString().split('\0').values()
    const tokens: TokenDetails[] = []
    while (!reader.isOver) tokens.push(detailsFrom(reader, names))
    return tokens
  } catch {
    return []
  }
}

function detailsFrom(reader: Reader, names: Iterator<string>): TokenDetails {
  const flags = reader.byte()
  const likelihood = flags & HAS.likelihood ? likelihoodFrom(reader, names, flags >> 4) : null
  if (!(flags & HAS.gate)) return { likelihood, gate: null }
  const score = reader.score()
  const least = flags & HAS.least ? reader.score() : null
  const gate: Gate = { score, least, passed: (flags & HAS.passed) !== 0 }
  return { likelihood, gate }
}

function likelihoodFrom(reader: Reader, names: Iterator<string>, place: number): Likelihood {
  const count = reader.byte()
  const likeliest = Array.from({ length: count }, () => likelyFrom(reader, names))
  const own = place > 0 ? likeliest[place - 1] : likelyFrom(reader, names)
  if (!own) throw new RangeError('There is no such place.')
  return { ...own, likeliest }
}

function likelyFrom(reader: Reader, names: Iterator<string>): Likely {
  const logProbability = reader.log()
  const name = names.next()
  if (name.done) throw new RangeError('There are fewer names than numbers.')
  return { text: name.value, logProbability }
}

class Writer {
  readonly bytes: number[] = []
  private readonly view = new DataView(new ArrayBuffer(4))

  byte(value: number): void {
    this.bytes.push(value)
  }

  log(value: number): void {
    const steps = Math.min(0xffff, Math.max(0, Math.round(-value * FINENESS)))
    this.bytes.push(steps >> 8, steps & 0xff)
  }

  /** A float32 without its last byte. */
  score(value: number): void {
    this.view.setFloat32(0, value)
    this.bytes.push(this.view.getUint8(0), this.view.getUint8(1), this.view.getUint8(2))
  }
}

class Reader {
  private readonly view: DataView
  private at = 0

  constructor(bytes: Uint8Array) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  get isOver(): boolean {
    return this.at >= this.view.byteLength
  }

  byte(): number {
    return this.view.getUint8(this.at++)
  }

  log(): number {
    return (0 - this.byte() * 256 - this.byte()) / FINENESS
  }

  score(): number {
    const float = new DataView(new ArrayBuffer(4))
    for (let i = 0; i < 3; i++) float.setUint8(i, this.byte())
    return finite(float.getFloat32(0))
  }
}

function finite(value: number): number {
  if (!Number.isFinite(value)) throw new RangeError('A score is no number.')
  return value
}
