import type { Hash } from 'node:crypto'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import type { Precision } from '../../electron/contract/values.ts'
import { weightFiles } from '../formats/weights.ts'
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

/** Raised whenever the same sources would compile to other files. */
const COMPILER_VERSION = 25

/** Bytes of a file read at a time to tell which one it is. */
const READ_BYTES = 1 << 20

const SOURCES = ['config.json', 'calibration.json', 'generation_config.json']

/** A model in the form that the runtime loads. */
export interface PreparedModel {
  plan: Plan
  /** Folder of plan.json, the graphs and their weights. */
  folder: string
  /** Folder of the sources; the tokenizer is read from there. */
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
 * Compiles a model folder (config.json, safetensors, tokenizer files, calibration.json) into graphs, quantised
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
  const id = await modelId(source, precision, taps, settings)
  const folder = join(cacheFolder, id)
  const done = (plan: Plan): PreparedModel => ({ plan, folder, source, precision })
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

/** Of these sources in this form: the same on every machine. @throws DepthwiseError as weightFiles */
export async function modelId(
  source: string,
  precision: Precision,
  taps: boolean,
  settings: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  const form = `${precision}${taps ? ' taps' : ''} ${JSON.stringify(settings)}`
  const hash = createHash('sha256').update(`${COMPILER_VERSION} ${form}\n`)
  // one buffer for all: a new one for every piece would leave as much memory behind as the weights take
  const buffer = new Uint8Array(READ_BYTES)
  for (const file of [...SOURCES, ...weightFiles(source)]) {
    const path = join(source, file)
    hash.update(`${file} ${existsSync(path) ? statSync(path).size : 'none'}\n`)
    if (existsSync(path)) await hashFile(hash, path, buffer)
  }
  return hash.digest('hex').slice(0, 32)
}

async function hashFile(hash: Hash, path: string, buffer: Uint8Array): Promise<void> {
  const file = await open(path)
  try {
    for (;;) {
      const { bytesRead } = await file.read(buffer)
      if (bytesRead === 0) return
      hash.update(buffer.subarray(0, bytesRead))
    }
  } finally {
    await file.close()
  }
}
