import type { Migration } from '../migrate.ts'

/** Which model of the library wrote an answer; null for those from before there was one. */
export const modelId: Migration = {
  name: 'model-id',
  sql: 'ALTER TABLE generation ADD COLUMN model_id TEXT;',
}
