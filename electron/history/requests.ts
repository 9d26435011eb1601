import * as v from 'valibot'
import type { SentRequest } from '../contract/pages.ts'
import { SentRequestSchema } from '../contract/pages.ts'
import type { Connection } from './connection.ts'

/** So many are kept. */
const KEPT = 500

/** Requests that left this machine: the last ones. */
export class Requests {
  private readonly connection: Connection

  constructor(connection: Connection) {
    this.connection = connection
  }

  /** @returns its id */
  add({ at, host, path, purpose, subject }: Omit<SentRequest, 'id' | 'status' | 'bytes'>): number {
    return this.connection.transaction(() => {
      const id = this.connection.run(
        'INSERT INTO request (at, host, path, purpose, subject) VALUES (:at, :host, :path, :purpose, :subject)',
        { at, host, path, purpose, subject },
      )
      this.connection.run('DELETE FROM request WHERE id <= :oldest', { oldest: id - KEPT })
      return id
    })
  }

  /** What came of it; does nothing where it has been forgotten. */
  end(id: number, status: number, bytes: number): void {
    this.connection.transaction(() =>
      this.connection.run('UPDATE request SET status = :status, bytes = :bytes WHERE id = :id', { id, status, bytes }),
    )
  }

  /** Newest first. */
  list(): SentRequest[] {
    return this.connection.all('SELECT * FROM request ORDER BY id DESC').flatMap((row) => {
      const read = v.safeParse(SentRequestSchema, row)
      return read.success ? [read.output] : []
    })
  }

  clear(): void {
    this.connection.transaction(() => this.connection.run('DELETE FROM request'))
  }
}
