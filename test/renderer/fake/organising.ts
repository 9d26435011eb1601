import type { Folder, ORGANISING_CALLS } from '../../../electron/contract/organising.ts'
import type { PORTABLE_CALLS, PortableConversation } from '../../../electron/contract/portable.ts'
import type { FakeConversations } from './conversations.ts'
import type { EventData, EventName } from '../../../electron/contract/calls.ts'

type Call = keyof typeof ORGANISING_CALLS | keyof typeof PORTABLE_CALLS

interface Params {
  id: number
  pinned: boolean
  folderId: number | null
  name?: string
  open?: boolean
  conversation: PortableConversation
  again: boolean
}

/** What it needs of the host. */
interface Host {
  conversations: FakeConversations
  emit<N extends EventName>(event: N, data: EventData<N>): void
}

/** Folders in memory, and what was deleted. */
export class FakeOrganising {
  folders: Folder[] = []
  /** By uid and by origin. */
  readonly imported = new Map<string, number>()
  private readonly host: Host

  constructor(host: Host) {
    this.host = host
  }

  run(call: Call, params: Params): unknown {
    const conversations: FakeConversations = this.host.conversations
    const changed = (part: Parameters<FakeConversations['change']>[1]) => {
      const conversation = conversations.change(params.id, part)
      this.host.emit('conversation.changed', conversation)
      return conversation
    }
    switch (call) {
      case 'conversation.pin':
        return changed({ pinned: params.pinned })
      case 'conversation.move':
        return changed({ folderId: params.folderId })
      case 'conversation.trash':
        return [...conversations.trash.values()].toSorted((a, b) => b.deletedAt - a.deletedAt)
      case 'conversation.restore':
        conversations.restore(params.id)
        return changed({})
      case 'conversation.erase':
        conversations.trash.delete(params.id)
        return null
      case 'conversation.export':
        return this.export(params.id)
      case 'conversation.import':
        return this.import(params.conversation, params.again)
      case 'folder.list':
        return this.folders
      case 'folder.create': {
        const folder = { id: conversations.nextId(), name: params.name!, open: true }
        return this.become([...this.folders, folder], folder)
      }
      case 'folder.change': {
        const folder = { ...this.folders.find(({ id }) => id === params.id)! }
        if (params.name !== undefined) folder.name = params.name
        if (params.open !== undefined) folder.open = params.open
        return this.become(
          this.folders.map((known) => (known.id === folder.id ? folder : known)),
          folder,
        )
      }
      case 'folder.delete':
        return this.become(
          this.folders.filter(({ id }) => id !== params.id),
          null,
        )
    }
  }

  private export(id: number): PortableConversation {
    const { conversations } = this.host
    const { title, createdAt, updatedAt, pinned, folderId, leafId } = conversations.get(id)
    const folder = this.folders.find((known) => known.id === folderId)?.name ?? null
    const all = conversations.of(id)
    const place = (of: number | null) => all.findIndex((message) => message.id === of) + 1 || null
    const messages = all.map(({ parentId, role, text, createdAt: at, generation }, index) => ({
      id: index + 1,
      parent: place(parentId),
      role,
      status: 'complete' as const,
      text,
      createdAt: at,
      generation,
    }))
    const uid = `conversation-${id}`
    return { uid, origin: null, title, createdAt, updatedAt, pinned, folder, leaf: place(leafId), messages }
  }

  private import(from: PortableConversation, again: boolean): unknown {
    const { conversations } = this.host
    const known = this.imported.get(from.uid) ?? (again ? undefined : this.imported.get(from.origin ?? ''))
    if (known !== undefined) return { outcome: 'known', conversation: conversations.get(known) }
    const { id } = conversations.create(from.title, from.updatedAt)
    for (const key of [from.uid, from.origin]) if (key !== null) this.imported.set(key, id)
    const ids = new Map<number | null, number>()
    for (const { id: place, parent, role, status, text, createdAt, generation } of from.messages) {
      const added = conversations.nextId()
      ids.set(place, added)
      const parentId = ids.get(parent) ?? null
      conversations.messages.set(added, {
        role,
        status,
        text,
        createdAt,
        generation,
        id: added,
        conversationId: id,
        parentId,
      })
    }
    const conversation = conversations.change(id, { pinned: from.pinned, leafId: ids.get(from.leaf) ?? null })
    this.host.emit('conversation.changed', conversation)
    return { outcome: 'imported', conversation }
  }

  private become<T>(folders: Folder[], result: T): T {
    this.folders = folders
    this.host.emit('folders.changed', folders)
    return result
  }
}
