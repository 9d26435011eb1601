import type { Migration } from '../migrate.ts'

/**
 * What a conversation does at the end of the context (NULL: ask), the first message that an answer was written from (NULL:
 * all were read), and what is typed and not sent (conversation 0: a new one).
 */
export const overflow: Migration = {
  name: 'overflow',
  sql: `
    ALTER TABLE conversation ADD COLUMN overflow TEXT;
    ALTER TABLE generation ADD COLUMN reads_from INTEGER;

    CREATE TABLE draft (
      conversation_id INTEGER PRIMARY KEY,
      text TEXT NOT NULL
    ) STRICT;
    CREATE TRIGGER draft_removed AFTER DELETE ON conversation BEGIN
      DELETE FROM draft WHERE conversation_id = old.id;
    END;
  `,
}
