import type { Migration } from '../migrate.ts'

/**
 * Text files that belong to turns, and to what is typed and not sent. A file is never changed, so that wordings of one
 * turn share it; it goes with the last that has it.
 */
export const attachments: Migration = {
  name: 'attachments',
  sql: `
    CREATE TABLE attachment (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      name TEXT NOT NULL,
      bytes INTEGER NOT NULL,
      text TEXT NOT NULL
    ) STRICT;
    CREATE TABLE message_attachment (
      message_id INTEGER NOT NULL REFERENCES message (id) ON DELETE CASCADE,
      attachment_id INTEGER NOT NULL REFERENCES attachment (id),
      position INTEGER NOT NULL,
      PRIMARY KEY (message_id, attachment_id)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX message_attachment_by_attachment ON message_attachment (attachment_id);
    CREATE TABLE draft_attachment (
      conversation_id INTEGER NOT NULL REFERENCES draft (conversation_id) ON DELETE CASCADE,
      attachment_id INTEGER NOT NULL REFERENCES attachment (id),
      position INTEGER NOT NULL,
      PRIMARY KEY (conversation_id, attachment_id)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX draft_attachment_by_attachment ON draft_attachment (attachment_id);

    CREATE TRIGGER message_attachment_removed AFTER DELETE ON message_attachment BEGIN
      DELETE FROM attachment WHERE id = old.attachment_id
        AND NOT EXISTS (SELECT 1 FROM message_attachment WHERE attachment_id = old.attachment_id)
        AND NOT EXISTS (SELECT 1 FROM draft_attachment WHERE attachment_id = old.attachment_id);
    END;
    CREATE TRIGGER draft_attachment_removed AFTER DELETE ON draft_attachment BEGIN
      DELETE FROM attachment WHERE id = old.attachment_id
        AND NOT EXISTS (SELECT 1 FROM message_attachment WHERE attachment_id = old.attachment_id)
        AND NOT EXISTS (SELECT 1 FROM draft_attachment WHERE attachment_id = old.attachment_id);
    END;

    CREATE VIEW searchable_file AS SELECT id, name || char(10) || text AS file FROM attachment;
    CREATE VIRTUAL TABLE file_index USING fts5 (
      file, content = 'searchable_file', content_rowid = 'id', tokenize = 'trigram remove_diacritics 1'
    );
    INSERT INTO file_index (file_index, rank) VALUES ('secure-delete', 1);
    CREATE TRIGGER file_added AFTER INSERT ON attachment BEGIN
      INSERT INTO file_index (rowid, file) VALUES (new.id, new.name || char(10) || new.text);
    END;
    CREATE TRIGGER file_removed AFTER DELETE ON attachment BEGIN
      INSERT INTO file_index (file_index, rowid, file) VALUES ('delete', old.id, old.name || char(10) || old.text);
    END;
  `,
}
