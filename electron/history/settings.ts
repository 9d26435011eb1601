import type { Connection } from './connection.ts'

/** What a person has changed, by key; a value that cannot be read counts as never changed. */
export class StoredSettings {
  private readonly connection: Connection

  constructor(connection: Connection) {
    this.connection = connection
  }

  read(): Map<string, unknown> {
    const values = new Map<string, unknown>()
    for (const { key, value } of this.connection.all('SELECT key, value FROM setting')) {
      try {
        values.set(key as string, JSON.parse(value as string))
      } catch {
        continue
      }
    }
    return values
  }

  /** Sets every key; `undefined` forgets it. */
  write(changes: ReadonlyMap<string, unknown>): void {
    this.connection.transaction(() => {
      for (const [key, value] of changes) {
        if (value === undefined) this.connection.run('DELETE FROM setting WHERE key = :key', { key })
        else {
          this.connection.run(
            'INSERT INTO setting VALUES (:key, :value) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
            { key, value: JSON.stringify(value) },
          )
        }
      }
    })
  }
}
