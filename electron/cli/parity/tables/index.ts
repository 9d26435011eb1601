import { dense } from './dense.ts'
import { nanbeige } from './nanbeige.ts'
import { ouro } from './ouro.ts'
import { recursive } from './recursive.ts'
import type { Table } from './table.ts'

/** What the recordings of each family stand for, by the family of the plan. */
export const TABLES: ReadonlyMap<string, Table> = new Map([
  ['llama', dense],
  ['qwen2', dense],
  ['qwen3', dense],
  ['nanbeige', nanbeige],
  ['ouro', ouro],
  ['recursive', recursive],
  ['relaxed-recursive', recursive],
])
