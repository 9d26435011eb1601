import type { Migration } from '../migrate.ts'

/** What decided about the tokens of an answer, in parts of which only the last is written again while it grows. */
export const tokenDetails: Migration = {
  name: 'token-details',
  sql: `
    CREATE TABLE token_details (
      message_id INTEGER NOT NULL REFERENCES message (id) ON DELETE CASCADE,
      first INTEGER NOT NULL,
      details BLOB NOT NULL,
      PRIMARY KEY (message_id, first)
    ) STRICT;
  `,
}
