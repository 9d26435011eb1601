import { elasticMor } from './elastic-mor.ts'
import type { Family } from './family.ts'

/** Every architecture that can be run, by the `model_type` of its config.json. */
export const FAMILIES: ReadonlyMap<string, Family> = new Map([elasticMor].map((family) => [family.modelType, family]))
