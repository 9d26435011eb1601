import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import * as v from 'valibot'
import { DepthwiseError } from '../common/errors.ts'
import { makeFolder } from '../common/make-folder.ts'

const PrecisionSchema = v.picklist(['int8', 'int4'])
const MemorySchema = v.object({
  /** Folders and GGUF files that a person added. */
  added: v.optional(v.array(v.string()), []),
  /** By model: what a person chose. */
  precisions: v.optional(v.record(v.string(), PrecisionSchema), {}),
  /** By model and precision: tokens a second of the last answers. */
  speeds: v.optional(v.record(v.string(), v.pipe(v.number(), v.finite(), v.minValue(0))), {}),
  /** By model: ModelInfo.id of what was loaded last. */
  hashes: v.optional(v.record(v.string(), v.string()), {}),
})
type Remembered = v.InferOutput<typeof MemorySchema>

/** Of the speed that is remembered, so much is the latest answer's. */
const LATEST = 0.5

/** What is remembered of models, in a JSON file that the app and the command line share. */
export class LibraryMemory {
  private readonly file: string

  constructor(dataFolder: string) {
    this.file = path.join(dataFolder, 'models.json')
  }

  /** A file that cannot be read says nothing. */
  read(): Remembered {
    try {
      return v.parse(MemorySchema, JSON.parse(readFileSync(this.file, 'utf8')))
    } catch {
      return { added: [], precisions: {}, speeds: {}, hashes: {} }
    }
  }

  add(place: string): void {
    this.change((known) => {
      known.added = [...new Set([...known.added, place])]
    })
  }

  forget(place: string): void {
    this.change((known) => {
      known.added = known.added.filter((each) => each !== place)
    })
  }

  choosePrecision(id: string, precision: 'int8' | 'int4' | null): void {
    this.change((known) => {
      const others = Object.entries(known.precisions).filter(([each]) => each !== id)
      known.precisions = Object.fromEntries(precision === null ? others : [...others, [id, precision]])
    })
  }

  hash(id: string): string | null {
    return this.read().hashes[id] ?? null
  }

  knowHash(id: string, hash: string): void {
    if (this.hash(id) === hash) return
    this.change((known) => {
      known.hashes = { ...known.hashes, [id]: hash }
    })
  }

  speed(id: string, precision: string): number | null {
    return this.read().speeds[`${precision} ${id}`] ?? null
  }

  /** @param tokensPerSecond of an answer that was long enough to tell */
  measured(id: string, precision: string, tokensPerSecond: number): void {
    this.change((known) => {
      const key = `${precision} ${id}`
      const before = known.speeds[key] ?? tokensPerSecond
      known.speeds = { ...known.speeds, [key]: before + LATEST * (tokensPerSecond - before) }
    })
  }

  /** @throws DepthwiseError CACHE_UNWRITABLE */
  private change(act: (known: Remembered) => void): void {
    const known = this.read()
    act(known)
    try {
      makeFolder(path.dirname(this.file))
      writeFileSync(`${this.file}.new`, JSON.stringify(known, null, 1), { mode: 0o600 })
      renameSync(`${this.file}.new`, this.file)
    } catch (cause) {
      throw new DepthwiseError('CACHE_UNWRITABLE', `The list of models cannot be written to ${this.file}.`, {
        detail: this.file,
        cause,
      })
    }
  }
}
