import { DepthwiseError } from '../../models/common/errors.ts'
import type { Folder } from '../contract/organising.ts'
import type { Connection } from './connection.ts'
import { toFolder } from './rows.ts'

/** Folders of conversations, in an order of their own. Throws NOT_FOUND for an id that is not there. */
export class Folders {
  private readonly connection: Connection

  constructor(connection: Connection) {
    this.connection = connection
  }

  list(): Folder[] {
    return this.connection.all('SELECT * FROM folder ORDER BY position, id').map(toFolder)
  }

  /** At the end, and open. */
  create(name: string): Folder {
    const id = this.connection.transaction(() =>
      this.connection.run(
        'INSERT INTO folder (name, position) SELECT :name, coalesce(max(position), 0) + 1 FROM folder',
        { name },
      ),
    )
    return this.get(id)
  }

  /** The folder of this name, made where there is none. Only inside a transaction. */
  named(name: string): number {
    const known = this.connection.get('SELECT id FROM folder WHERE name = :name ORDER BY position, id', { name })
    if (known) return known.id as number
    return this.connection.run(
      'INSERT INTO folder (name, position) SELECT :name, coalesce(max(position), 0) + 1 FROM folder',
      { name },
    )
  }

  /** `place`: before which of the others it comes, counted from 0. */
  change(
    id: number,
    { name, open, place }: { name?: string | undefined; open?: boolean | undefined; place?: number | undefined },
  ): Folder {
    const now = this.get(id)
    this.connection.transaction(() => {
      this.connection.run('UPDATE folder SET name = :name, is_open = :open WHERE id = :id', {
        id,
        name: name ?? now.name,
        open: Number(open ?? now.open),
      })
      if (place !== undefined) this.put(id, place)
    })
    return this.get(id)
  }

  /** Its conversations stay, in no folder. */
  delete(id: number): void {
    this.get(id)
    this.connection.transaction(() => this.connection.run('DELETE FROM folder WHERE id = :id', { id }))
  }

  private put(id: number, place: number): void {
    const order = this.list().map((folder) => folder.id)
    const others = order.filter((other) => other !== id)
    for (const [position, folderId] of others.toSpliced(place, 0, id).entries())
      this.connection.run('UPDATE folder SET position = :position WHERE id = :folderId', { position, folderId })
  }

  private get(id: number): Folder {
    const row = this.connection.get('SELECT * FROM folder WHERE id = :id', { id })
    if (!row) throw new DepthwiseError('NOT_FOUND', 'This folder is no longer there.', { detail: String(id) })
    return toFolder(row)
  }
}
