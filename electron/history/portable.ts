import { DepthwiseError } from '../../models/common/errors.ts'
import type { FileText } from '../contract/attachments.ts'
import type { PortableConversation, PortableMessage } from '../contract/portable.ts'
import type { Generation } from '../contract/values.ts'
import type { Attachments } from './attachments.ts'
import type { Connection } from './connection.ts'
import type { Folders } from './folders.ts'
import type { Messages } from './messages.ts'
import { UPSERT_GENERATION } from './messages.ts'
import { fromGeneration, toConversation } from './rows.ts'

interface Parts {
  connection: Connection
  folders: Folders
  messages: Messages
  attachments: Attachments
}

export interface Imported {
  outcome: 'imported' | 'known' | 'restored'
  id: number
}

/** Conversations on their way out of the history and into it. */
export class Portable {
  private readonly connection: Connection
  private readonly folders: Folders
  private readonly messages: Messages
  private readonly attachments: Attachments

  constructor({ connection, folders, messages, attachments }: Parts) {
    this.connection = connection
    this.folders = folders
    this.messages = messages
    this.attachments = attachments
  }

  /** Everything in a conversation. Throws NOT_FOUND. */
  export(id: number): PortableConversation {
    const row = this.connection.get(
      `SELECT conversation.*, folder.name AS folder FROM conversation LEFT JOIN folder ON folder.id = folder_id
       WHERE conversation.id = :id AND deleted_at IS NULL`,
      { id },
    )
    if (!row) throw new DepthwiseError('NOT_FOUND', 'This conversation is no longer there.', { detail: String(id) })
    const places = new Map<number | null, number>()
    const messages = this.messages.tree(id).map((message, index): PortableMessage => {
      const { parentId, role, status, text, createdAt, generation, attachments } = message
      places.set(message.id, index + 1)
      const tokens = generation ? this.messages.details.all(message.id) : []
      return {
        id: index + 1,
        parent: places.get(parentId) ?? null,
        role,
        status: status === 'streaming' ? 'interrupted' : status,
        text,
        createdAt,
        generation: generation && outside(generation, places),
        ...(tokens.length > 0 && { tokens: tokens.map(({ first, details }) => ({ first, details: [...details] })) }),
        ...(attachments && { attachments: attachments.map((file) => this.textOf(file.id)) }),
      }
    })
    const { overflow, model } = toConversation(row)
    return {
      uid: row.uid as string,
      origin: (row.origin ?? null) as string | null,
      title: row.title as string,
      createdAt: row.created_at as number,
      updatedAt: row.updated_at as number,
      pinned: row.pinned === 1,
      folder: (row.folder ?? null) as string | null,
      leaf: places.get(row.leaf_id as number | null) ?? null,
      ...(overflow && overflow !== 'ask' && { overflow }),
      ...(model && { model: { name: model.name, hash: model.hash } }),
      messages,
    }
  }

  /** All of a conversation or nothing of it. Throws BAD_ARGUMENT where its messages are no tree. */
  import(conversation: PortableConversation, again: boolean): Imported {
    expectTree(conversation)
    const known = this.known(conversation, again)
    if (known) return known
    const id = this.connection.transaction(() => this.insert(conversation))
    return { outcome: 'imported', id }
  }

  private textOf(id: number): FileText {
    const { name, text } = this.attachments.read(id)
    return { name, text }
  }

  private known({ uid, origin }: PortableConversation, again: boolean): Imported | null {
    const same = this.connection.get('SELECT id, deleted_at FROM conversation WHERE uid = :uid', { uid })
    const row =
      same ??
      (origin === null || again
        ? undefined
        : this.connection.get(
            'SELECT id, deleted_at FROM conversation WHERE origin = :origin ORDER BY deleted_at IS NOT NULL',
            { origin },
          ))
    if (!row) return null
    const id = row.id as number
    if (row.deleted_at === null) return { outcome: 'known', id }
    this.connection.run('UPDATE conversation SET deleted_at = NULL WHERE id = :id', { id })
    return { outcome: 'restored', id }
  }

  private insert(conversation: PortableConversation): number {
    const { uid, origin, title, createdAt, updatedAt, folder, leaf, overflow, model } = conversation
    const id = this.connection.run(
      `INSERT INTO conversation (title, created_at, updated_at, pinned, folder_id, uid, origin, overflow, model_name, model_hash)
       VALUES (:title, :createdAt, :updatedAt, :pinned, :folderId, :uid, :origin, :overflow, :name, :hash)`,
      {
        uid,
        origin,
        title,
        createdAt,
        updatedAt,
        overflow: overflow ?? null,
        name: model?.name ?? null,
        hash: model?.hash ?? null,
        pinned: Number(conversation.pinned),
        folderId: folder === null ? null : this.folders.named(folder),
      },
    )
    const ids = new Map<number | null, number>()
    for (const message of conversation.messages) {
      const { parent, role, status, text, createdAt: at, generation, attachments = [] } = message
      const added = this.connection.run(
        `INSERT INTO message (conversation_id, parent_id, role, status, text, created_at)
         VALUES (:id, :parentId, :role, :status, :text, :at)`,
        { id, parentId: ids.get(parent) ?? null, role, status, text, at },
      )
      ids.set(message.id, added)
      if (role === 'user')
        this.attachments.giveToMessage(
          added,
          attachments.map((file) => this.attachments.add(file).id),
        )
      if (!generation) continue
      const readsFrom = ids.get(generation.readsFrom ?? null) ?? null
      this.connection.run(UPSERT_GENERATION, fromGeneration(added, { ...generation, readsFrom }))
      for (const part of message.tokens ?? []) this.messages.details.save(added, part)
    }
    if (leaf !== null) {
      this.connection.run('UPDATE conversation SET leaf_id = :leafId WHERE id = :id', { id, leafId: ids.get(leaf)! })
    }
    return id
  }
}

/** A place on this machine is no name for a model elsewhere. */
const LOCAL = /^(folder|gguf):/

function outside(generation: Generation, places: ReadonlyMap<number | null, number>): Generation {
  const { modelId = null, readsFrom } = generation
  return {
    ...generation,
    modelId: modelId !== null && LOCAL.test(modelId) ? null : modelId,
    readsFrom: readsFrom ? (places.get(readsFrom) ?? null) : null,
  }
}

function expectTree({ messages, leaf }: PortableConversation): void {
  const wrong = messages.find(
    ({ id, parent }, index) => id !== index + 1 || (parent !== null && (parent < 1 || parent >= id)),
  )
  const bad = wrong?.id ?? (leaf !== null && leaf > messages.length ? leaf : null)
  if (bad === null) return
  throw new DepthwiseError('BAD_ARGUMENT', 'The messages of this conversation do not follow from each other.', {
    detail: `message ${bad}`,
  })
}
