import { createHash } from 'node:crypto'
import { existsSync, renameSync, rmSync, statSync } from 'node:fs'
import path from 'node:path'
import { makeFolder } from '../common/make-folder.ts'
import type { Precision } from '../common/values.ts'
import { openSource } from '../formats/model-source.ts'
import type { Plan } from '../plan/plan.ts'
import { checkFile, isImported, readImported, readPrepared, seal, TOKENIZER_FILES, writable } from './folder.ts'
import { besideFolder, removeAbandoned } from './partial.ts'
import { SourceHashes } from './source-hash.ts'

/** Raised whenever the same sources would compile to other files. */
const COMPILER_VERSION = 30

const SOURCES = ['config.json', 'calibration.json', 'generation_config.json']

/** A model in the form that the runtime loads. */
export interface PreparedModel {
  plan: Plan
  /** Folder of plan.json, the graphs and their weights. */
  folder: string
  /** Folder of the sources, or their GGUF file; the tokenizer is read from there. */
  source: string
  precision: Precision
}

/** What a model is prepared for, beyond computing. */
export interface PrepareOptions {
  /** Needs the tokenizer's files (default). */
  chat?: boolean
  /** Graphs also give out what references record inside them. */
  taps?: boolean
  /** Over the fields of config.json. */
  settings?: Readonly<Record<string, unknown>> | undefined
  /** Ends it, with its reason thrown, between two pieces of work. */
  signal?: AbortSignal | undefined
}

/**
 * Compiles a model folder (config.json, safetensors, tokenizer files, calibration.json) or a GGUF file into graphs, quantised
 * weights and a plan under `cacheFolder`; once for the same contents and precision. Atomic: a folder with the final
 * name is complete. A folder that `importModel` wrote is taken as it is, at its own precision.
 *
 * @param progress told the share done, 0 to 1
 * @throws DepthwiseError MODEL_*, CACHE_UNWRITABLE, NO_SPACE; nothing is left behind
 */
export async function prepare(
  source: string,
  cacheFolder: string,
  precision: Precision,
  progress: (fraction: number) => void = () => undefined,
  { chat = true, taps = false, settings = {}, signal }: PrepareOptions = {},
): Promise<PreparedModel> {
  // of whatever model: the one whose preparation was killed may never be asked for again
  removeAbandoned(cacheFolder)
  if (isImported(source)) return imported(source, chat)
  for (const file of ['config.json', ...(chat ? TOKENIZER_FILES : [])]) checkFile(source, file)
  const hashes = new SourceHashes(cacheFolder)
  const [hashing, compiling] = stages((fraction) => {
    signal?.throwIfAborted()
    progress(fraction)
  })
  const id = await modelId(source, precision, { taps, settings, hashes, progress: hashing })
  const folder = path.join(cacheFolder, id)
  const done = (plan: Plan): PreparedModel => {
    hashes.keep()
    return { plan, folder, source, precision }
  }
  const ready = readPrepared(folder)
  if (ready) return done(ready)

  writable(cacheFolder, () => {
    makeFolder(cacheFolder)
  })
  return besideFolder(folder, async (partial) => {
    // every other start does without the compiler
    const { compile } = await import('./compile.ts')
    const plan = await compile(source, partial, { precision, taps, id, settings }, compiling)
    writable(cacheFolder, () => {
      finish(partial, folder, plan)
    })
    return done(plan)
  })
}

function imported(folder: string, chat: boolean): PreparedModel {
  if (chat) for (const file of TOKENIZER_FILES) checkFile(folder, file)
  const plan = readImported(folder)
  return { plan, folder, source: folder, precision: plan.precision }
}

function finish(partial: string, folder: string, plan: Plan): void {
  seal(partial, plan)
  try {
    renameSync(partial, folder)
  } catch {
    // another process was faster, or a damaged folder is in the way
    rmSync(readPrepared(folder) ? partial : folder, { recursive: true, force: true })
    if (existsSync(partial)) renameSync(partial, folder)
  }
}

/** What a model's id is made of, beside its files. */
interface IdOptions {
  taps?: boolean
  settings?: Readonly<Record<string, unknown>>
  /** What is remembered of the sources. */
  hashes?: SourceHashes
  /** Told the share of the weights that was read, 0 to 1. */
  progress?: (fraction: number) => void
}

/** Of these sources in this form: the same on every machine. @throws DepthwiseError as weightFiles */
export async function modelId(
  source: string,
  precision: Precision,
  { taps = false, settings = {}, hashes = new SourceHashes(null), progress = () => undefined }: IdOptions = {},
): Promise<string> {
  const form = `${precision}${taps ? ' taps' : ''} ${JSON.stringify(settings)}`
  const hash = createHash('sha256').update(`${COMPILER_VERSION} ${form}\n`)
  const weights = openSource(source).files()
  const total = weights.reduce((sum, { place }) => sum + statSync(place).size, 0)
  let read = 0
  const told = (bytes: number): void => {
    read += bytes
    progress(Math.min(1, read / total))
  }
  const own = SOURCES.map((name) => ({ name, place: path.resolve(source, name) }))
  for (const { name, place } of [...own, ...weights]) {
    hash.update(`${name} ${existsSync(place) ? await hashes.of(place, told) : 'none'}\n`)
  }
  return hash.digest('hex').slice(0, 32)
}

/** Share of the time that reading the sources once takes, to know them by what they hold. */
const HASHING = 0.15

/** Progress of hashing and of compiling, as one. */
export function stages(progress: (fraction: number) => void): [hashing: typeof progress, compiling: typeof progress] {
  return [
    (fraction) => {
      progress(HASHING * fraction)
    },
    (fraction) => {
      progress(HASHING + (1 - HASHING) * fraction)
    },
  ]
}
