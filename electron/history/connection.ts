import Database from 'better-sqlite3'
import { historyError, isSearchDamage } from './failures.ts'

export type Value = string | number | Buffer | null
export type Bindings = Record<string, Value>
export type Row = Record<string, unknown>

/** One open database file. Every failure leaves it as a HISTORY_* error. */
export class Connection {
  readonly file: string
  readonly raw: Database.Database
  /** Makes the search index again; set by the room that owns it. */
  repairSearch: () => void = () => undefined
  private readonly statements = new Map<string, Database.Statement<[Bindings], Row>>()

  /** Throws HISTORY_UNWRITABLE or HISTORY_CORRUPT. */
  constructor(file: string, options: { busyMs?: number } = {}) {
    this.file = file
    this.raw = this.guard(() => new Database(file, { timeout: options.busyMs ?? 2000 }))
  }

  all(sql: string, bindings: Bindings = {}): Row[] {
    return this.guard(() => this.prepare(sql).all(bindings))
  }

  get(sql: string, bindings: Bindings = {}): Row | undefined {
    return this.guard(() => this.prepare(sql).get(bindings))
  }

  /** Returns the id of the row inserted last. */
  run(sql: string, bindings: Bindings = {}): number {
    return this.guard(() => Number(this.prepare(sql).run(bindings).lastInsertRowid))
  }

  pragma(text: string): unknown {
    return this.guard(() => this.raw.pragma(text, { simple: true }))
  }

  /** All of `work` or nothing of it. A damaged search index is made again once and does not stop a write. */
  transaction<T>(work: () => T): T {
    const attempt = () => this.guard(() => this.raw.transaction(work).immediate())
    try {
      return attempt()
    } catch (error) {
      if (!(error instanceof Error) || !isSearchDamage(error.cause)) throw error
      this.repairSearch()
      return attempt()
    }
  }

  guard<T>(work: () => T): T {
    try {
      return work()
    } catch (error) {
      throw historyError(error, this.file)
    }
  }

  close(): void {
    this.statements.clear()
    this.raw.close()
  }

  private prepare(sql: string): Database.Statement<[Bindings], Row> {
    let statement = this.statements.get(sql)
    if (!statement) {
      statement = this.raw.prepare<Bindings, Row>(sql)
      this.statements.set(sql, statement)
    }
    return statement
  }
}
