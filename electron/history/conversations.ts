import { randomUUID } from 'node:crypto'
import { DepthwiseError } from '../../models/common/errors.ts'
import type { Conversation, ConversationModel, Overflow } from '../contract/values.ts'
import type { Connection } from './connection.ts'
import { toConversation } from './rows.ts'
import type { Search } from './search.ts'

/** The list of conversations. Throws NOT_FOUND for an id that is not there, or is in the trash. */
export class Conversations {
  private readonly connection: Connection
  private readonly search: Search

  constructor(connection: Connection, search: Search) {
    this.connection = connection
    this.search = search
  }

  /** Newest first; `search` looks in titles and texts. */
  list(search = ''): Conversation[] {
    const found = search.trim() === '' ? null : this.search.find(search)
    return this.connection
      .all('SELECT * FROM conversation WHERE deleted_at IS NULL ORDER BY updated_at DESC, id DESC')
      .map(toConversation)
      .filter((conversation) => found === null || found.has(conversation.id))
  }

  create(title: string): Conversation {
    const now = Date.now()
    const id = this.connection.transaction(() =>
      this.connection.run(
        'INSERT INTO conversation (title, created_at, updated_at, uid) VALUES (:title, :now, :now, :uid)',
        { title, now, uid: randomUUID() },
      ),
    )
    return this.get(id)
  }

  get(id: number): Conversation {
    const row = this.connection.get('SELECT * FROM conversation WHERE id = :id AND deleted_at IS NULL', { id })
    if (!row) throw new DepthwiseError('NOT_FOUND', 'This conversation is no longer there.', { detail: String(id) })
    return toConversation(row)
  }

  /** Does not move it in the list. */
  rename(id: number, title: string): Conversation {
    this.get(id)
    this.connection.transaction(() =>
      this.connection.run('UPDATE conversation SET title = :title WHERE id = :id', { id, title }),
    )
    return this.get(id)
  }

  /** What it does at the end of the context. Does not move it in the list. */
  setOverflow(id: number, overflow: Overflow): Conversation {
    this.get(id)
    this.connection.run('UPDATE conversation SET overflow = :overflow WHERE id = :id', { id, overflow })
    return this.get(id)
  }

  /** null: the app's. Does not move it in the list. */
  setModel(id: number, model: ConversationModel | null): Conversation {
    this.get(id)
    this.connection.run(
      'UPDATE conversation SET model_id = :modelId, model_name = :name, model_hash = :hash WHERE id = :id',
      { id, modelId: model?.id ?? null, name: model?.name ?? null, hash: model?.hash ?? null },
    )
    return this.get(id)
  }

  pin(id: number, pinned: boolean): Conversation {
    this.get(id)
    this.connection.run('UPDATE conversation SET pinned = :pinned WHERE id = :id', { id, pinned: Number(pinned) })
    return this.get(id)
  }

  /** null: out of any folder. Throws NOT_FOUND for a folder that is not there. */
  move(id: number, folderId: number | null): Conversation {
    this.get(id)
    if (folderId !== null && !this.connection.get('SELECT 1 FROM folder WHERE id = :folderId', { folderId })) {
      throw new DepthwiseError('NOT_FOUND', 'This folder is no longer there.', { detail: String(folderId) })
    }
    this.connection.run('UPDATE conversation SET folder_id = :folderId WHERE id = :id', { id, folderId })
    return this.get(id)
  }

  /** Shows the branch that ends in `leafId`. Throws NOT_FOUND where that is not one of its messages. */
  select(id: number, leafId: number): Conversation {
    this.get(id)
    const leaf = this.connection.get('SELECT id FROM message WHERE id = :leafId AND conversation_id = :id', {
      id,
      leafId,
    })
    if (!leaf) {
      throw new DepthwiseError('NOT_FOUND', 'This message is not in the conversation.', { detail: String(leafId) })
    }
    this.connection.run('UPDATE conversation SET leaf_id = :leafId WHERE id = :id', { id, leafId })
    return this.get(id)
  }
}
