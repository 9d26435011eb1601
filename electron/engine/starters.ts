import { existsSync } from 'node:fs'
import { join } from 'node:path'
import * as v from 'valibot'
import { readJson } from '../../models/formats/json.ts'

const StartersSchema = v.pipe(v.array(v.pipe(v.string(), v.minLength(1), v.maxLength(500))), v.maxLength(12))

/** Prompts that a model's makers suggest (starters.json, optional). @throws DepthwiseError MODEL_CONFIG */
export function readStarters(modelFolder: string): string[] {
  const path = join(modelFolder, 'starters.json')
  return existsSync(path) ? readJson(path, StartersSchema, 'MODEL_CONFIG') : []
}
