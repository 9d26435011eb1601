import { llama, mistral, olmo2, qwen2, qwen3, smollm3 } from './dense.ts'
import { elasticMor } from './elastic-mor.ts'
import type { Family } from './family.ts'
import { hrmText } from './hrm-text/hrm-text.ts'
import { mixtureOfDepths } from './mod/mod.ts'
import { morExpert } from './mor/expert.ts'
import { morToken } from './mor/token.ts'
import { nanbeige } from './nanbeige.ts'
import { ouro } from './ouro/ouro.ts'
import { huginn } from './huginn/huginn.ts'
import { recursive, relaxedRecursive } from './recursive/recursive.ts'

/** Every architecture that can be run, by the `model_type` (or `family`) of its config.json. */
export const FAMILIES: ReadonlyMap<string, Family> = new Map(
  [
    elasticMor,
    hrmText,
    huginn,
    llama,
    mistral,
    mixtureOfDepths,
    olmo2,
    qwen2,
    qwen3,
    smollm3,
    nanbeige,
    ouro,
    recursive,
    relaxedRecursive,
    morExpert,
    morToken,
  ].map((family) => [family.modelType, family]),
)
