import type { Migration } from '../migrate.ts'

/** What was measured of models along the budget. */
export const tuning: Migration = {
  name: 'tuning',
  sql: `
    CREATE TABLE curve (
      model_id TEXT NOT NULL,
      weights TEXT NOT NULL,
      device TEXT NOT NULL,
      precision TEXT NOT NULL,
      text TEXT,
      at INTEGER NOT NULL,
      points TEXT NOT NULL,
      PRIMARY KEY (model_id, device, precision)
    ) STRICT;
  `,
}
