import type { Migration } from '../migrate.ts'

/**
 * Pins, folders, and deletions that can be undone for a while. `uid` is the same on every machine; `origin` names what
 * was imported from another program (`chatgpt:…`, `lm-studio:…`).
 */
export const organising: Migration = {
  name: 'organising',
  sql: `
    CREATE TABLE folder (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      name TEXT NOT NULL,
      position INTEGER NOT NULL,
      is_open INTEGER NOT NULL DEFAULT 1 CHECK (is_open IN (0, 1))
    ) STRICT;

    ALTER TABLE conversation ADD COLUMN pinned INTEGER NOT NULL DEFAULT 0 CHECK (pinned IN (0, 1));
    ALTER TABLE conversation ADD COLUMN folder_id INTEGER REFERENCES folder (id) ON DELETE SET NULL;
    ALTER TABLE conversation ADD COLUMN deleted_at INTEGER;
    ALTER TABLE conversation ADD COLUMN uid TEXT;
    ALTER TABLE conversation ADD COLUMN origin TEXT;
    UPDATE conversation SET uid = lower(hex(randomblob(16)));

    CREATE UNIQUE INDEX conversation_by_uid ON conversation (uid);
    CREATE INDEX conversation_by_folder ON conversation (folder_id);
    CREATE INDEX conversation_by_origin ON conversation (origin) WHERE origin IS NOT NULL;
    CREATE INDEX conversation_deleted ON conversation (deleted_at) WHERE deleted_at IS NOT NULL;
  `,
}
