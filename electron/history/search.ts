import type { Connection } from './connection.ts'
import { isSearchDamage } from './failures.ts'

/** Shorter words have no trigram and are looked for by reading everything. */
const SHORTEST_INDEXED = 3
const MOST_WORDS = 32

const BY_INDEX = `
  SELECT rowid AS id FROM title_index WHERE title_index MATCH :query
  UNION SELECT conversation_id FROM message WHERE id IN (SELECT rowid FROM text_index WHERE text_index MATCH :query)`

/** Finds conversations by words (or parts of words) that all stand in the title or all in one message. */
export class Search {
  private readonly connection: Connection

  constructor(connection: Connection) {
    this.connection = connection
    connection.repairSearch = () => {
      this.rebuild()
    }
  }

  /** Ids of the conversations found. */
  find(text: string): Set<number> {
    const words = text.replaceAll('\0', ' ').split(/\s+/).filter(Boolean).slice(0, MOST_WORDS)
    const indexed = words.every((word) => Array.from(word).length >= SHORTEST_INDEXED)
    const rows = indexed ? this.byIndex(words) : this.byReading(words)
    return new Set(rows.map(({ id }) => id as number))
  }

  /** Makes the index again from the messages. */
  rebuild(): void {
    this.connection.guard(() =>
      this.connection.raw.exec(`
        INSERT INTO title_index (title_index) VALUES ('rebuild');
        INSERT INTO text_index (text_index) VALUES ('rebuild');`),
    )
  }

  private byIndex(words: string[]) {
    const query = words.map((word) => `"${word.replaceAll('"', '""')}"`).join(' ')
    try {
      return this.connection.all(BY_INDEX, { query })
    } catch (error) {
      if (!(error instanceof Error) || !isSearchDamage(error.cause)) throw error
      this.rebuild()
      return this.connection.all(BY_INDEX, { query })
    }
  }

  private byReading(words: string[]) {
    const bindings = Object.fromEntries(
      words.map((word, index) => [`word${index}`, `%${word.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`]),
    )
    const every = (column: string) => words.map((_, i) => `${column} LIKE :word${i} ESCAPE '\\'`).join(' AND ')
    return this.connection.all(
      `SELECT id FROM conversation WHERE ${every('title')}
       UNION SELECT conversation_id FROM message WHERE ${every('text')}`,
      bindings,
    )
  }
}
