import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import path from 'node:path'
import type { Precision } from '../common/values.ts'
import { openSource } from '../formats/model-source.ts'
import type { Plan } from '../plan/plan.ts'
import {
  besideFolder,
  checkFile,
  isImported,
  readImported,
  readPrepared,
  seal,
  TOKENIZER_FILES,
  writable,
} from './folder.ts'
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
}

/**
 * Compiles a model folder (config.json, safetensors, tokenizer files, calibration.json) or a GGUF file into graphs, quantised
 * weights and a plan under `cacheFolder`; once for the same contents and precision. Atomic: a folder with the final
 * name is complete. A folder that `importModel` wrote is taken as it is, at its own precision.
 *
 * @param progress told the share done, 0 to 1
 * @throws DepthwiseError MODEL_*, CACHE_UNWRITABLE; nothing is left behind
 */
export async function prepare(
  source: string,
  cacheFolder: string,
  precision: Precision,
  progress: (fraction: number) => void = () => undefined,
  { chat = true, taps = false, settings = {} }: PrepareOptions = {},
): Promise<PreparedModel> {
  if (isImported(source)) return imported(source, chat)
  for (const file of ['config.json', ...(chat ? TOKENIZER_FILES : [])]) checkFile(source, file)
  const hashes = new SourceHashes(cacheFolder)
  const id = await modelId(source, precision, taps, settings, hashes)
  const folder = path.join(cacheFolder, id)
  const done = (plan: Plan): PreparedModel => {
    hashes.keep()
    return { plan, folder, source, precision }
  }
  const ready = readPrepared(folder)
  if (ready) return done(ready)

  writable(cacheFolder, () => {
    mkdirSync(cacheFolder, { recursive: true })
  })
  return besideFolder(folder, async (partial) => {
    // every other start does without the compiler
    const { compile } = await import('./compile.ts')
    const plan = await compile(source, partial, { precision, taps, id, settings }, progress)
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

/**
 * Of these sources in this form: the same on every machine.
 * @param hashes what is remembered of the sources
 * @throws DepthwiseError as weightFiles
 */
export async function modelId(
  source: string,
  precision: Precision,
  taps: boolean,
  settings: Readonly<Record<string, unknown>> = {},
  hashes = new SourceHashes(null),
): Promise<string> {
  const form = `${precision}${taps ? ' taps' : ''} ${JSON.stringify(settings)}`
  const hash = createHash('sha256').update(`${COMPILER_VERSION} ${form}\n`)
  const own = SOURCES.map((name) => ({ name, place: path.resolve(source, name) }))
  for (const { name, place } of [...own, ...openSource(source).files()]) {
    hash.update(`${name} ${existsSync(place) ? await hashes.of(place) : 'none'}\n`)
  }
  return hash.digest('hex').slice(0, 32)
}
