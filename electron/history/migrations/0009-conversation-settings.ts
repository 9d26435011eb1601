import type { Migration } from '../migrate.ts'

/** What conversations have of their own, and which requests left the machine. */
export const conversationSettings: Migration = {
  name: 'conversation-settings',
  sql: `
    CREATE TABLE conversation_setting (
      conversation_id INTEGER PRIMARY KEY REFERENCES conversation ON DELETE CASCADE,
      system_prompt TEXT,
      sampling TEXT NOT NULL
    ) STRICT;
    CREATE TABLE request (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      at INTEGER NOT NULL,
      host TEXT NOT NULL,
      path TEXT NOT NULL,
      purpose TEXT NOT NULL,
      subject TEXT NOT NULL,
      status INTEGER,
      bytes INTEGER
    ) STRICT;
  `,
}
