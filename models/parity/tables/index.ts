import { dense } from './dense.ts'
import { elasticMor } from './elastic-mor.ts'
import { huginn } from './huginn.ts'
import { hrmText } from './hrm-text.ts'
import { mixtureOfDepths } from './mod.ts'
import { morExpert } from './mor-expert.ts'
import { morToken } from './mor-token.ts'
import { nanbeige } from './nanbeige.ts'
import { ouro } from './ouro.ts'
import { recursive } from './recursive.ts'
import type { Table } from './table.ts'

/** What the recordings of each family stand for, by the family of the plan. */
export const TABLES: ReadonlyMap<string, Table> = new Map([
  ['elastic_mor', elasticMor],
  ['llama', dense],
  ['mistral', dense],
  ['olmo2', dense],
  ['smollm3', dense],
  ['qwen2', dense],
  ['qwen3', dense],
  ['hrm_text', hrmText],
  ['huginn_raven', huginn],
  ['mode_reference', mixtureOfDepths],
  ['nanbeige', nanbeige],
  ['ouro', ouro],
  ['mor-expert', morExpert],
  ['mor-token', morToken],
  ['recursive', recursive],
  ['relaxed-recursive', recursive],
])
