import { findHits, fold, termsOf } from '../contract/matching.ts'
import type { FoundMessage, Hits, SearchResult } from '../contract/search.ts'
import type { Bindings, Connection, Row } from './connection.ts'
import { isSearchDamage } from './failures.ts'
import { toConversation } from './rows.ts'
import { snippetOf } from './snippet.ts'

/** Shorter words have no trigram and are looked for by reading. */
const SHORTEST_INDEXED = 3
const MOST_WORDS = 32
/** So many conversations are told of one search, and so many messages of each. */
const [CONVERSATIONS, MESSAGES] = [100, 5]

type Place = 'title' | 'text' | 'file'

/** What is looked for, as SQL: `where` holds for the rows of a table in which all terms stand. */
interface Condition {
  where: Readonly<Record<Place, string>> & {
    /** For the rows of `message`: its text, or a file of it. */
    message: string
  }
  bindings: Bindings
}

/** Finds conversations by words (or parts of words) that all stand in the title, all in one message or all in one of its files. */
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
    const { where, bindings } = everyOf(wordsOf(text))
    const rows = this.read(
      `SELECT id FROM conversation WHERE ${where.title} UNION SELECT conversation_id FROM message WHERE ${where.message}`,
      bindings,
    )
    return new Set(rows.map(({ id }) => id as number))
  }

  /** The conversations found, newest first, with the newest of their messages that were found. */
  search(text: string): SearchResult {
    const words = wordsOf(text)
    if (words.length === 0) return { found: [], left: 0 }
    const { where, bindings } = everyOf(words)
    const rows = this.read(
      `WITH hit AS (
         SELECT id AS message_id, conversation_id, row_number() OVER newest AS place,
           count(*) OVER (PARTITION BY conversation_id) AS total
         FROM message WHERE ${where.message} WINDOW newest AS (PARTITION BY conversation_id ORDER BY id DESC)
       )
       SELECT conversation.*, message_id, coalesce(total, 0) AS total FROM conversation
       LEFT JOIN hit ON conversation_id = id AND place <= ${MESSAGES}
       WHERE message_id IS NOT NULL OR ${where.title}
       ORDER BY updated_at DESC, id DESC, message_id DESC`,
      bindings,
    )
    const groups = [...Map.groupBy(rows, ({ id }) => id as number).values()]
    const found = groups.slice(0, CONVERSATIONS).map((hits) => {
      const conversation = toConversation(hits[0]!)
      const messages = hits.flatMap(({ message_id: id }) => (id === null ? [] : this.message(id as number, words)))
      return { conversation, marks: findHits(conversation.title, words), messages, total: hits[0]!.total as number }
    })
    return { found, left: groups.length - found.length }
  }

  /**
   * Messages of a conversation that have one of the terms, oldest first, and how often; those that grow are left out. A
   * file that has one counts once, after what is in the text.
   */
  within(conversationId: number, terms: readonly string[]): Hits[] {
    const wanted = terms.filter((term) => fold(term).trim() !== '').slice(0, MOST_WORDS)
    const messages = new Map<number, string>()
    const files = new Map<number, Set<number>>()
    for (const term of wanted) {
      const { where, bindings } = everyOf([term])
      for (const { message_id: id, attachment_id: file } of this.read(
        `SELECT message_id, attachment_id FROM message JOIN message_attachment ON message_id = message.id
         WHERE conversation_id = :conversationId AND attachment_id IN (SELECT id FROM searchable_file WHERE ${where.file})`,
        { ...bindings, conversationId },
      )) {
        const found = files.get(id as number) ?? new Set()
        files.set(id as number, found.add(file as number))
      }
      const sql = `SELECT id, text FROM message
        WHERE conversation_id = :conversationId AND status <> 'streaming' AND ${where.text}`
      for (const { id, text } of this.read(sql, { ...bindings, conversationId }))
        messages.set(id as number, text as string)
    }
    return [...new Set([...messages.keys(), ...files.keys()])]
      .sort((a, b) => a - b)
      .map((messageId) => {
        const within = [...(files.get(messageId) ?? [])]
        const hits = findHits(messages.get(messageId) ?? '', wanted).length + within.length
        return { messageId, hits, ...(within.length > 0 && { files: within }) }
      })
      .filter(({ hits }) => hits > 0)
  }

  /** Makes the index again from the messages. */
  rebuild(): void {
    this.connection.guard(() =>
      this.connection.raw.exec(`
        INSERT INTO title_index (title_index) VALUES ('rebuild');
        INSERT INTO text_index (text_index) VALUES ('rebuild');
        INSERT INTO file_index (file_index) VALUES ('rebuild');`),
    )
  }

  private message(id: number, words: readonly string[]): FoundMessage[] {
    const row = this.connection.get('SELECT role, text FROM message WHERE id = :id', { id })
    if (!row) return []
    const [role, text] = [row.role as FoundMessage['role'], row.text as string]
    if (hasAll(text, words)) return [{ id, role, ...snippetOf(text, words) }]
    for (const file of this.filesOf(id)) {
      if (hasAll(`${file.name}\n${file.text}`, words))
        return [{ id, role, file: file.name, ...snippetOf(file.text, words) }]
    }
    return [{ id, role, ...snippetOf(text, words) }]
  }

  private filesOf(messageId: number): { name: string; text: string }[] {
    return this.connection
      .all(
        `SELECT name, text FROM message_attachment JOIN attachment ON id = attachment_id
         WHERE message_id = :messageId ORDER BY position`,
        { messageId },
      )
      .map(({ name, text }) => ({ name: String(name), text: String(text) }))
  }

  private read(sql: string, bindings: Bindings): Row[] {
    try {
      return this.connection.all(sql, bindings)
    } catch (error) {
      if (!(error instanceof Error) || !isSearchDamage(error.cause)) throw error
      this.rebuild()
      return this.connection.all(sql, bindings)
    }
  }
}

const hasAll = (text: string, words: readonly string[]): boolean =>
  words.every((word) => findHits(text, [word], 1).length > 0)

const wordsOf = (text: string): string[] => termsOf(text).slice(0, MOST_WORDS)

function everyOf(terms: readonly string[]): Condition {
  const isIndexed = (term: string) => Array.from(fold(term)).length >= SHORTEST_INDEXED
  const long = terms.filter(isIndexed)
  const short = terms.filter((term) => !isIndexed(term))
  const like = short.map((term, i) => [`word${i}`, `%${term.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`] as const)
  const where = (place: Place) =>
    [
      ...(long.length > 0 ? [`id IN (SELECT rowid FROM ${place}_index WHERE ${place}_index MATCH :query)`] : []),
      ...like.map(([name]) => `${place} LIKE :${name} ESCAPE '\\'`),
    ].join(' AND ')
  const query = long.map((term) => `"${term.replaceAll('"', '""')}"`).join(' ')
  return {
    where: {
      title: where('title'),
      text: where('text'),
      file: where('file'),
      message: `((${where('text')}) OR id IN (
        SELECT message_id FROM message_attachment WHERE attachment_id IN (
          SELECT id FROM searchable_file WHERE ${where('file')})))`,
    },
    bindings: { ...Object.fromEntries(like), ...(long.length > 0 && { query }) },
  }
}
