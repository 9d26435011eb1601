import type { Migration } from '../migrate.ts'

/** What was thought before an answer: NULL where there was no thought. Thoughts are not searched. */
export const thoughts: Migration = {
  name: 'thoughts',
  sql: `
    ALTER TABLE generation ADD COLUMN thought TEXT;
    ALTER TABLE generation ADD COLUMN thought_tokens INTEGER;
    ALTER TABLE generation ADD COLUMN thought_ms REAL;
  `,
}
