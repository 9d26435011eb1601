import { createHash } from 'node:crypto'
import {
  closeSync,
  createReadStream,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { basename, join, resolve } from 'node:path'
import * as v from 'valibot'
import { DepthwiseError } from '../../electron/contract/errors.ts'
import type { Precision } from '../../electron/contract/values.ts'
import { ModelWriter } from '../families/build.ts'
import type { Family } from '../families/family.ts'
import { FAMILIES } from '../families/index.ts'
import { TensorReader } from '../families/tensors.ts'
import { readJson } from '../formats/json.ts'
import { CommonConfigSchema, GenerationConfigSchema } from '../formats/sources.ts'
import { openWeights, weightFiles } from '../formats/weights.ts'
import { PLAN_FILE } from '../plan/layout.ts'
import type { Plan } from '../plan/plan.ts'
import { PlanSchema } from '../plan/plan.ts'
import { readCalibration } from './calibration.ts'
import { endTokens, recommendedSampling } from './recommended.ts'

/** Raised whenever the same sources would compile to other files. */
const COMPILER_VERSION = 2

const SOURCES = ['config.json', 'calibration.json', 'generation_config.json']
const TOKENIZER = ['tokenizer.json', 'tokenizer_config.json']

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
}

/**
 * Compiles a model folder (config.json, safetensors, tokenizer files, calibration.json) into graphs, quantised
 * weights and a plan under `cacheFolder`; once for the same contents and precision. Atomic: a folder with the final
 * name is complete.
 *
 * @param progress told the share done, 0 to 1
 * @throws DepthwiseError MODEL_*, CACHE_UNWRITABLE; nothing is left behind
 */
export async function prepare(
  source: string,
  cacheFolder: string,
  precision: Precision,
  progress: (fraction: number) => void = () => undefined,
  { chat = true, taps = false }: PrepareOptions = {},
): Promise<PreparedModel> {
  for (const file of ['config.json', ...(chat ? TOKENIZER : [])]) checkFile(source, file)
  const folder = join(cacheFolder, await cacheKey(source, `${precision}${taps ? ' taps' : ''}`))
  const done = (plan: Plan): PreparedModel => ({ plan, folder, source, precision })
  const ready = readPrepared(folder)
  if (ready) return done(ready)

  const partial = `${folder}.partial-${process.pid}-${Date.now()}`
  writable(cacheFolder, () => {
    mkdirSync(partial, { recursive: true })
  })
  try {
    const plan = await compile(source, new ModelWriter(partial, precision, taps), progress)
    writable(cacheFolder, () => {
      finish(partial, folder, plan)
    })
    return done(plan)
  } catch (error) {
    rmSync(partial, { recursive: true, force: true })
    throw error
  }
}

async function compile(source: string, writer: ModelWriter, progress: (fraction: number) => void): Promise<Plan> {
  const config = readJson(join(source, 'config.json'), CommonConfigSchema, 'MODEL_CONFIG')
  const family = familyOf(config)
  const build = family.read(config)
  const generationFile = join(source, 'generation_config.json')
  const generation = existsSync(generationFile) ? readJson(generationFile, GenerationConfigSchema, 'MODEL_CONFIG') : {}
  const weights = openWeights(source)
  try {
    const tensors = new TensorReader(weights, progress)
    const { thresholds, endTokens: own = [], ...compiled } = await build(tensors, writer)
    return {
      version: 1,
      name: config.name ?? basename(resolve(source)),
      family: family.modelType,
      parameters: tensors.finish(),
      graphs: writer.graphs,
      constants: writer.constants,
      calibration: thresholds === 0 ? [] : readCalibration(source, thresholds),
      endTokens: endTokens(config, generation, { vocabSize: compiled.vocabSize, endTokens: own }),
      sampling: recommendedSampling(generation),
      ...compiled,
    }
  } finally {
    writer.close()
    weights.close()
  }
}

function familyOf(config: v.InferOutput<typeof CommonConfigSchema>): Family {
  const type = config.model_type ?? config.family
  const family = type === undefined ? undefined : FAMILIES.get(type)
  if (family) return family
  const known = [...FAMILIES.keys()].join(', ')
  throw new DepthwiseError(
    'MODEL_UNSUPPORTED',
    type === undefined
      ? `config.json does not say what the model is (model_type); known types: ${known}.`
      : `Models of type ${type} cannot be run; known types: ${known}.`,
    { detail: 'model_type' },
  )
}

function finish(partial: string, folder: string, plan: Plan): void {
  const path = join(partial, PLAN_FILE)
  writeFileSync(path, JSON.stringify(plan), { flag: 'wx' })
  const fd = openSync(path, 'r')
  fsyncSync(fd)
  closeSync(fd)
  try {
    renameSync(partial, folder)
  } catch (error) {
    // another process was faster, or a damaged folder is in the way
    if (readPrepared(folder)) return
    rmSync(folder, { recursive: true, force: true })
    renameSync(partial, folder)
    if (!existsSync(folder)) throw error
  }
}

/** The plan of a complete folder, or null. */
function readPrepared(folder: string): Plan | null {
  try {
    const plan = v.parse(PlanSchema, JSON.parse(readFileSync(join(folder, PLAN_FILE), 'utf8')))
    return Object.values(plan.graphs).every(({ file }) => existsSync(join(folder, file))) ? plan : null
  } catch {
    return null
  }
}

/** @param form what decides the files besides the sources */
async function cacheKey(source: string, form: string): Promise<string> {
  const hash = createHash('sha256').update(`${COMPILER_VERSION} ${form}\n`)
  for (const file of [...SOURCES, ...weightFiles(source)]) {
    const path = join(source, file)
    hash.update(`${file} ${existsSync(path) ? statSync(path).size : 'none'}\n`)
    if (existsSync(path)) for await (const chunk of createReadStream(path)) hash.update(chunk as Uint8Array)
  }
  return hash.digest('hex').slice(0, 32)
}

function checkFile(source: string, file: string): void {
  const path = join(source, file)
  if (!existsSync(source) || !statSync(source).isDirectory()) {
    throw new DepthwiseError('MODEL_NOT_FOUND', `There is no model folder at ${source}.`, { detail: source })
  }
  if (!existsSync(path))
    throw new DepthwiseError('MODEL_NOT_FOUND', `The model folder lacks ${file}.`, { detail: path })
}

function writable(cacheFolder: string, act: () => void): void {
  try {
    act()
  } catch (cause) {
    throw new DepthwiseError('CACHE_UNWRITABLE', `The prepared model cannot be written to ${cacheFolder}.`, {
      detail: cacheFolder,
      cause,
    })
  }
}
