import type { Migration } from '../migrate.ts'

/** Only what a person has changed is in it, as JSON. */
export const settings: Migration = {
  name: 'settings',
  sql: `
    CREATE TABLE setting (
      key TEXT PRIMARY KEY,
      value TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
  `,
}
