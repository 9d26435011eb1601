import { existsSync } from 'node:fs'
import path from 'node:path'
import { readJson } from '../formats/json.ts'
import { StartersSchema } from '../formats/sources.ts'

/** Prompts that a model's makers suggest (starters.json, optional). @throws DepthwiseError MODEL_CONFIG */
export function readStarters(modelFolder: string): string[] {
  const place = path.join(modelFolder, 'starters.json')
  return existsSync(place) ? readJson(place, StartersSchema, 'MODEL_CONFIG') : []
}
