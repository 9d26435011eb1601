/** A part of a file of JSON that is complete. */
export type Piece =
  /** One of the values of the array at the top, or under `conversations`; `head`: what stands before that array, closed. */
  | { kind: 'entry'; bytes: Uint8Array; head: Uint8Array | null }
  /** An object at the top, without its conversations. Comes last. */
  | { kind: 'whole'; bytes: Uint8Array; entries: number }
  | { kind: 'too-large' }
  | { kind: 'not-json' | 'zip' | 'truncated' }

const [QUOTE, ESCAPE, COMMA, COLON] = [0x22, 0x5c, 0x2c, 0x3a]
const [OPEN_ARRAY, CLOSE_ARRAY, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d]
const isSpace = (byte: number): boolean => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09
const LISTED_UNDER = 'conversations'

/** Bytes that are gathered up to a limit, beyond which only their number is kept. */
class Gathered {
  private readonly most: number
  private parts: Uint8Array[] = []
  private length = 0

  constructor(most: number) {
    this.most = most
  }

  get size(): number {
    return this.length
  }

  add(bytes: Uint8Array): void {
    this.length += bytes.length
    if (this.length <= this.most) this.parts.push(bytes.slice())
    else this.parts = []
  }

  /** null where they are too many. */
  take(): Uint8Array | null {
    const { parts, length } = this
    const all = length > this.most ? null : join(parts, length)
    this.parts = all ? [all] : []
    return all
  }

  clear(): void {
    this.parts = []
    this.length = 0
  }
}

function join(parts: readonly Uint8Array[], length: number): Uint8Array {
  const all = new Uint8Array(length)
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}

/**
 * Takes a file of JSON apart while it is read, so that no more than one conversation of it is ever in memory. Only
 * brackets and strings are looked at: whether a piece is JSON is for `JSON.parse` to say.
 */
export class JsonSplitter {
  private readonly head: Gathered
  private readonly entry: Gathered
  private started = false
  private depth = 0
  private inString = false
  private escaped = false
  /** Depth of the values of the list that is taken apart; 0: not in it. */
  private listDepth = 0
  private inEntry = false
  private entries = 0
  /** The last string at depth 1, as far as it could be a key of interest. */
  private key = ''
  private keyFollows = false

  /** @param most bytes of one piece */
  constructor(most: number) {
    this.head = new Gathered(most)
    this.entry = new Gathered(most)
  }

  /** The pieces that `chunk` completes. */
  *push(chunk: Uint8Array): Generator<Piece> {
    let from = 0
    for (let i = 0; i < chunk.length; i++) {
      const byte = chunk[i]!
      if (this.inString) {
        this.readString(byte)
        continue
      }
      if (!this.started) {
        if (isSpace(byte) || byte === 0xef || byte === 0xbb || byte === 0xbf) continue
        if (byte !== OPEN_ARRAY && byte !== OPEN_OBJECT) {
          yield { kind: byte === 0x50 ? 'zip' : 'not-json' }
          return
        }
        this.started = true
        from = i
      }
      const inList = this.listDepth > 0 && this.depth === this.listDepth
      if (inList && (byte === COMMA || byte === CLOSE_ARRAY)) {
        if (this.inEntry) yield this.endEntry(chunk.subarray(from, i))
        from = byte === COMMA ? i + 1 : i
      } else if (inList && !this.inEntry && !isSpace(byte)) {
        this.inEntry = true
        from = i
      }
      if (this.step(byte)) {
        this.head.add(chunk.subarray(from, i + 1))
        from = i + 1
      }
    }
    const left = chunk.subarray(from)
    if (this.inEntry) this.entry.add(left)
    else if (this.started && this.listDepth === 0) this.head.add(left)
  }

  *end(): Generator<Piece> {
    if (!this.started) yield { kind: 'not-json' }
    else if (this.depth > 0) yield { kind: 'truncated' }
    else {
      const bytes = this.head.take()
      yield bytes ? { kind: 'whole', bytes, entries: this.entries } : { kind: 'too-large' }
    }
  }

  private readString(byte: number): void {
    if (this.escaped) this.escaped = false
    else if (byte === ESCAPE) this.escaped = true
    else if (byte === QUOTE) this.inString = false
    else if (this.depth === 1 && this.key.length <= LISTED_UNDER.length) this.key += String.fromCharCode(byte)
  }

  /** Whether the list that is taken apart begins here. */
  private step(byte: number): boolean {
    if (byte === QUOTE) {
      this.inString = true
      if (this.depth === 1) this.key = ''
    } else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
      const begins =
        byte === OPEN_ARRAY &&
        this.listDepth === 0 &&
        (this.depth === 0 || (this.depth === 1 && this.keyFollows && this.key === LISTED_UNDER))
      this.depth += 1
      if (begins) this.listDepth = this.depth
      this.keyFollows = false
      return begins
    } else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) {
      if (this.depth === this.listDepth) this.listDepth = 0
      this.depth -= 1
    }
    if (!isSpace(byte)) this.keyFollows = byte === COLON
    return false
  }

  private endEntry(last: Uint8Array): Piece {
    this.entry.add(last)
    const bytes = this.entry.take()
    this.entry.clear()
    this.inEntry = false
    this.entries += 1
    return bytes ? { kind: 'entry', bytes, head: this.closedHead() } : { kind: 'too-large' }
  }

  private closedHead(): Uint8Array | null {
    if (this.listDepth !== 2) return null
    const head = this.head.take()
    return head && join([head, new TextEncoder().encode(']}')], head.length + 2)
  }
}
