import type { Migration } from '../migrate.ts'

/**
 * A parent belongs to the conversation of its children. Deleting goes through the conversation alone: a cascade along
 * parents would recurse as deep as the chat is long, and SQLite allows 1000.
 */
export const conversations: Migration = {
  name: 'conversations',
  sql: `
    CREATE TABLE conversation (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      title TEXT NOT NULL,
      created_at INTEGER NOT NULL,
      updated_at INTEGER NOT NULL,
      leaf_id INTEGER REFERENCES message (id) ON DELETE SET NULL
    ) STRICT;
    CREATE INDEX conversation_by_update ON conversation (updated_at);
    CREATE INDEX conversation_by_leaf ON conversation (leaf_id);

    CREATE TABLE message (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      conversation_id INTEGER NOT NULL REFERENCES conversation (id) ON DELETE CASCADE,
      parent_id INTEGER,
      role TEXT NOT NULL CHECK (role IN ('system', 'user', 'assistant')),
      status TEXT NOT NULL CHECK (status IN ('complete', 'streaming', 'stopped', 'interrupted', 'error')),
      text TEXT NOT NULL,
      created_at INTEGER NOT NULL,
      UNIQUE (conversation_id, id),
      FOREIGN KEY (conversation_id, parent_id) REFERENCES message (conversation_id, id)
    ) STRICT;
    CREATE INDEX message_by_parent ON message (conversation_id, parent_id);
    CREATE INDEX message_streaming ON message (id) WHERE status = 'streaming';

    CREATE TABLE generation (
      message_id INTEGER PRIMARY KEY REFERENCES message (id) ON DELETE CASCADE,
      model TEXT NOT NULL,
      device TEXT NOT NULL,
      budget REAL NOT NULL CHECK (budget BETWEEN 0 AND 100),
      budget_changes TEXT NOT NULL,
      seed INTEGER NOT NULL,
      sampling TEXT NOT NULL,
      depths BLOB NOT NULL,
      lengths BLOB NOT NULL,
      prompt_tokens INTEGER NOT NULL,
      budget_realised REAL,
      mean_depth REAL,
      tokens_per_second REAL,
      ttft_ms REAL,
      finish_reason TEXT,
      failure TEXT
    ) STRICT;
  `,
}
