import type { Migration } from '../migrate.ts'

/** Trigrams find parts of words, and words of scripts without spaces. A growing answer is indexed when it has ended. */
export const search: Migration = {
  name: 'search',
  sql: `
    CREATE VIEW searchable_message AS SELECT id, text FROM message WHERE status <> 'streaming';

    CREATE VIRTUAL TABLE title_index USING fts5 (
      title, content = 'conversation', content_rowid = 'id', tokenize = 'trigram remove_diacritics 1'
    );
    CREATE VIRTUAL TABLE text_index USING fts5 (
      text, content = 'searchable_message', content_rowid = 'id', tokenize = 'trigram remove_diacritics 1'
    );
    INSERT INTO title_index (title_index, rank) VALUES ('secure-delete', 1);
    INSERT INTO text_index (text_index, rank) VALUES ('secure-delete', 1);
    INSERT INTO title_index (title_index) VALUES ('rebuild');
    INSERT INTO text_index (text_index) VALUES ('rebuild');

    CREATE TRIGGER title_added AFTER INSERT ON conversation BEGIN
      INSERT INTO title_index (rowid, title) VALUES (new.id, new.title);
    END;
    CREATE TRIGGER title_changing BEFORE UPDATE OF title ON conversation BEGIN
      INSERT INTO title_index (title_index, rowid, title) VALUES ('delete', old.id, old.title);
    END;
    CREATE TRIGGER title_changed AFTER UPDATE OF title ON conversation BEGIN
      INSERT INTO title_index (rowid, title) VALUES (new.id, new.title);
    END;
    CREATE TRIGGER title_removed AFTER DELETE ON conversation BEGIN
      INSERT INTO title_index (title_index, rowid, title) VALUES ('delete', old.id, old.title);
    END;

    CREATE TRIGGER text_added AFTER INSERT ON message WHEN new.status <> 'streaming' BEGIN
      INSERT INTO text_index (rowid, text) VALUES (new.id, new.text);
    END;
    CREATE TRIGGER text_changing BEFORE UPDATE OF text, status ON message WHEN old.status <> 'streaming' BEGIN
      INSERT INTO text_index (text_index, rowid, text) VALUES ('delete', old.id, old.text);
    END;
    CREATE TRIGGER text_changed AFTER UPDATE OF text, status ON message WHEN new.status <> 'streaming' BEGIN
      INSERT INTO text_index (rowid, text) VALUES (new.id, new.text);
    END;
    CREATE TRIGGER text_removed AFTER DELETE ON message WHEN old.status <> 'streaming' BEGIN
      INSERT INTO text_index (text_index, rowid, text) VALUES ('delete', old.id, old.text);
    END;
  `,
}
