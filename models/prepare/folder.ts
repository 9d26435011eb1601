import { closeSync, existsSync, fsyncSync, openSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import * as v from 'valibot'
import { DepthwiseError } from '../common/errors.ts'
import { checkReadable, MAX_TEXT_BYTES } from '../formats/file.ts'
import { readJson } from '../formats/json.ts'
import type { ModelPart } from '../formats/model-source.ts'
import { isModelFile } from '../formats/model-source.ts'
import { CONSTANTS_FILE, PLAN_FILE, WEIGHTS_FILE } from '../plan/layout.ts'
import type { Plan } from '../plan/plan.ts'
import { PlanSchema } from '../plan/plan.ts'
import { checkPlan } from './plan-check.ts'

export const TOKENIZER_FILES: readonly ModelPart[] = ['tokenizer.json', 'tokenizer_config.json']
/** What a model may lack, with the code where it cannot be read. */
const OPTIONAL_FILES = { 'calibration.json': 'MODEL_CALIBRATION', 'generation_config.json': 'MODEL_CONFIG' } as const

/** Ends a compiled model's folder: its plan, on disk. */
export function seal(folder: string, plan: Plan): void {
  const place = path.join(folder, PLAN_FILE)
  writeFileSync(place, JSON.stringify(plan), { flag: 'wx' })
  const fd = openSync(place, 'r')
  fsyncSync(fd)
  closeSync(fd)
}

/** The plan of a complete folder, or null. */
export function readPrepared(folder: string): Plan | null {
  try {
    const plan = v.parse(PlanSchema, JSON.parse(readFileSync(path.join(folder, PLAN_FILE), 'utf8')))
    return missing(folder, plan) === undefined ? plan : null
  } catch {
    return null
  }
}

export function isImported(folder: string): boolean {
  return existsSync(path.join(folder, PLAN_FILE)) && !existsSync(path.join(folder, 'config.json'))
}

/** The plan of an imported model. @throws DepthwiseError MODEL_CONFIG, MODEL_NOT_FOUND where a file is gone */
export function readImported(folder: string): Plan {
  const plan = readJson(path.join(folder, PLAN_FILE), PlanSchema, 'MODEL_CONFIG')
  const file = missing(folder, plan)
  if (file !== undefined) throw lacking(folder, file)
  checkPlan(plan, statSync(path.join(folder, CONSTANTS_FILE)).size)
  return plan
}

function missing(folder: string, plan: Plan): string | undefined {
  const { host, resident } = plan.forms
  const all = [...Object.values(host), ...Object.values(resident?.graphs ?? {})]
  const files = [WEIGHTS_FILE, CONSTANTS_FILE, ...all.map(({ file }) => file)]
  return files.find((file) => !statSync(path.join(folder, file), { throwIfNoEntry: false })?.isFile())
}

/**
 * Whether a file of a model's folder is there and can be read, before anything takes long; and the optional ones can.
 * @throws DepthwiseError MODEL_NOT_FOUND where it is not there, MODEL_CONFIG, MODEL_TOKENIZER, MODEL_CALIBRATION
 */
export function checkFile(source: string, file: string): void {
  // a model in one file has all of them
  if (isModelFile(source)) return
  if (!existsSync(source) || !statSync(source).isDirectory()) {
    throw new DepthwiseError('MODEL_NOT_FOUND', `There is no model folder at ${source}.`, { detail: source })
  }
  if (!existsSync(path.join(source, file))) throw lacking(source, file)
  checkReadable(
    path.join(source, file),
    TOKENIZER_FILES.some((part) => part === file) ? 'MODEL_TOKENIZER' : 'MODEL_CONFIG',
    file,
    MAX_TEXT_BYTES,
  )
  for (const [optional, code] of Object.entries(OPTIONAL_FILES)) {
    const place = path.join(source, optional)
    if (existsSync(place)) checkReadable(place, code, optional, MAX_TEXT_BYTES)
  }
}

function lacking(folder: string, file: string): DepthwiseError {
  return new DepthwiseError('MODEL_NOT_FOUND', `The model folder lacks ${file}.`, { detail: path.join(folder, file) })
}

/** @throws DepthwiseError CACHE_UNWRITABLE where `act` fails, and as `act` */
export function writable(folder: string, act: () => void): void {
  try {
    act()
  } catch (cause) {
    // what cannot be read says so itself
    throw cause instanceof DepthwiseError ? cause : unwritable(folder, cause)
  }
}

export function unwritable(folder: string, cause: unknown): DepthwiseError {
  const message = `The prepared model cannot be written to ${folder}.`
  return new DepthwiseError('CACHE_UNWRITABLE', message, { detail: folder, cause })
}
