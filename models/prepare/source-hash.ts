import { createHash } from 'node:crypto'
import { closeSync, read, readFileSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { promisify } from 'node:util'
import * as v from 'valibot'
import { openFile } from '../formats/file.ts'

/** Bytes of a file read at a time. */
const READ_BYTES = 1 << 20
/** Files that are read again at every start: they take no time. */
const SMALL = 1 << 20

const MEMORY_FILE = 'sources.json'
const MemorySchema = v.record(v.string(), v.strictObject({ state: v.string(), hash: v.string() }))

/**
 * What files hold, by sha256. Of large ones it is remembered in a cache folder, by size, times and number of the file:
 * to hash a hundred megabytes takes a tenth of a second at every start.
 */
export class SourceHashes {
  private readonly file: string | null
  private readonly known: v.InferOutput<typeof MemorySchema>
  private changed = false

  /** @param cacheFolder where hashes are remembered; null: nowhere */
  constructor(cacheFolder: string | null) {
    this.file = cacheFolder === null ? null : path.join(cacheFolder, MEMORY_FILE)
    this.known = this.file === null ? {} : recalled(this.file)
  }

  /** @param told how many bytes of a large file were read, again and again @returns hexadecimal @throws DepthwiseError MODEL_WEIGHTS where it is no file that can be read, and as `told` */
  async of(place: string, told: (bytes: number) => void = () => undefined): Promise<string> {
    const { size, mtimeMs, ctimeMs, ino, dev } = statSync(place)
    const state = [size, mtimeMs, ctimeMs, ino, dev].join(' ')
    const known = Object.hasOwn(this.known, place) ? this.known[place] : undefined
    if (size > SMALL && known?.state === state) return known.hash
    const hash = await hashOf(place, size > SMALL ? told : () => undefined)
    if (size > SMALL) {
      this.known[place] = { state, hash }
      this.changed = true
    }
    return hash
  }

  /** Keeps what is known, where it can be kept. */
  keep(): void {
    if (this.file === null || !this.changed) return
    try {
      writeFileSync(this.file, JSON.stringify(this.known))
    } catch {
      // a read-only cache is no reason to refuse work
    }
  }
}

function recalled(file: string): v.InferOutput<typeof MemorySchema> {
  try {
    return v.parse(MemorySchema, JSON.parse(readFileSync(file, 'utf8')))
  } catch {
    return {}
  }
}

const readSome = promisify(read)

async function hashOf(place: string, told: (bytes: number) => void): Promise<string> {
  const hash = createHash('sha256')
  // one buffer for all: a new one for every piece would leave as much memory behind as the weights take
  const buffer = new Uint8Array(READ_BYTES)
  const { fd } = openFile(place, 'MODEL_WEIGHTS', `The file ${path.basename(place)}`)
  try {
    for (;;) {
      const { bytesRead } = await readSome(fd, buffer, 0, READ_BYTES, null)
      if (bytesRead === 0) return hash.digest('hex')
      hash.update(buffer.subarray(0, bytesRead))
      told(bytesRead)
    }
  } finally {
    closeSync(fd)
  }
}
