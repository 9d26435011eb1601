import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { FAMILIES } from '../../models/families/index.ts'
import type { TensorEntry } from '../../models/formats/safetensors.ts'
import { openWeights } from '../../models/formats/weights.ts'

export const TINY = path.join(import.meta.dirname, '../models/tiny')
const FIXTURES = path.join(import.meta.dirname, '../fixtures')

/** A recorded model whose configuration is to be changed. */
export interface Source {
  folder: string
  type: string
  config: Record<string, unknown>
  entries: ReadonlyMap<string, TensorEntry>
}

/** Every recorded model of a family that there is, in each spelling of its configuration, and the small one. */
export function modelSources(): Source[] {
  const folders = [TINY, ...readdirSync(FIXTURES).map((name) => path.join(FIXTURES, name))]
  return folders
    .filter((folder) => existsSync(path.join(folder, 'model.safetensors')))
    .flatMap((folder) => {
      const weights = openWeights(folder)
      weights.close()
      return readdirSync(folder)
        .filter((name) => /^config.*\.json$/.test(name))
        .map((name) => ({ folder, config: json(folder, name), entries: weights.entries }))
    })
    .map((source) => ({ ...source, type: String(source.config.model_type ?? source.config.family) }))
    .filter(({ type }) => FAMILIES.has(type))
}

export function json(folder: string, name: string): Record<string, unknown> {
  return JSON.parse(readFileSync(path.join(folder, name), 'utf8')) as Record<string, unknown>
}
