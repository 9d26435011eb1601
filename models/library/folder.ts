import { existsSync, readdirSync, statSync } from 'node:fs'
import path from 'node:path'
import * as v from 'valibot'
import type { Failure } from '../common/errors.ts'
import { toFailure } from '../common/errors.ts'
import { readRawJson, readText } from '../formats/json.ts'
import { weightFiles } from '../formats/weights.ts'
import { PLAN_FILE, WEIGHTS_FILE } from '../plan/layout.ts'
import { PlanSchema } from '../plan/plan.ts'
import type { Description } from './describe.ts'
import { describe, problemOf } from './describe.ts'
import { kvOf } from './memory.ts'
import { abilitiesOf, licenceOf } from './template.ts'

/** What is known of a folder, what it takes, and why it cannot be used. */
export interface DescribedFolder extends Description {
  bytesOnDisk: number
  problem: Failure | null
}

/** Describes a model where it lies; reads none of its weights. @param name where it has none of its own */
export function describeFolder(
  folder: string,
  name = path.basename(folder),
  licence: string | null = null,
): DescribedFolder {
  const read = <T>(act: () => T): T | null => {
    try {
      return act()
    } catch {
      return null
    }
  }
  const text = (file: string): string | null =>
    existsSync(path.join(folder, file)) ? read(() => readText(path.join(folder, file), 'MODEL_CONFIG')) : null
  const json = (file: string): unknown => read(() => readRawJson(path.join(folder, file), 'MODEL_CONFIG'))
  const abilities = abilitiesOf(text('chat_template.jinja'), json('tokenizer_config.json'))
  const bytesOnDisk = bytesIn(folder)
  const own = licence ?? licenceOf(text('README.md')?.slice(0, 20_000) ?? '')
  const known = { name, licence: own, ...abilities }
  const isImported = existsSync(path.join(folder, PLAN_FILE)) && !existsSync(path.join(folder, 'config.json'))
  if (isImported) return { ...describePlan(folder, json(PLAN_FILE), known), bytesOnDisk }
  const config = json('config.json')
  return { ...describe({ ...known, config }), bytesOnDisk, problem: lacking(folder) ?? problemOf(config) }
}

/** What is missing of it. */
function lacking(folder: string): Failure | null {
  const missing = (what: string): Failure => ({ code: 'MODEL_NOT_FOUND', message: what, detail: folder })
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return missing('Its folder is not there any more.')
  if (!existsSync(path.join(folder, 'config.json'))) return missing('There is no config.json in this folder.')
  if (!existsSync(path.join(folder, 'tokenizer.json'))) {
    return { code: 'MODEL_TOKENIZER', message: 'There is no tokenizer.json in this folder.', detail: folder }
  }
  try {
    weightFiles(folder)
    return null
  } catch (error) {
    return toFailure(error)
  }
}

/** A model that was imported: its plan says more than a configuration could. */
function describePlan(
  folder: string,
  plan: unknown,
  known: Pick<Description, 'name' | 'licence' | 'chat' | 'thinking'>,
): Omit<DescribedFolder, 'bytesOnDisk'> {
  const parsed = v.safeParse(PlanSchema, plan)
  if (!parsed.success) {
    return {
      ...known,
      family: null,
      parameters: null,
      contextLength: null,
      adjustable: false,
      slider: '',
      memory: null,
      notes: [],
      problem: {
        code: 'MODEL_CONFIG',
        message: 'This folder was imported by another version of Depthwise. Import the model again.',
        detail: folder,
      },
    }
  }
  const { name, family, parameters, contextLength, budget, caches, visits } = parsed.output
  const weights = statSync(path.join(folder, WEIGHTS_FILE), { throwIfNoEntry: false })?.size ?? 0
  const all = Object.values(caches)
  const certain = new Set(
    visits.filter(({ admission }) => admission.length === 0).flatMap(({ cache }) => cache?.slots ?? []),
  )
  const shape = { ...(all[0] ?? { kvHeads: 0, headDim: 0 }), contextLength }
  return {
    ...known,
    name,
    family,
    parameters,
    contextLength,
    adjustable: budget.adjustable,
    slider: budget.explanation,
    memory: { weights: { int8: weights, int4: weights }, ...kvOf(shape, [certain.size, all.length]) },
    notes: [],
    problem: null,
  }
}

function bytesIn(folder: string): number {
  try {
    return readdirSync(folder).reduce((sum, name) => {
      const found = statSync(path.join(folder, name), { throwIfNoEntry: false })
      return sum + (found?.isFile() ? found.size : 0)
    }, 0)
  } catch {
    return 0
  }
}
