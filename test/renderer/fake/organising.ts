import type { Folder, ORGANISING_CALLS } from '../../../electron/contract/organising.ts'
import type { FakeConversations } from './conversations.ts'
import type { FakeHost } from './host.ts'

type Call = keyof typeof ORGANISING_CALLS

interface Params {
  id: number
  pinned: boolean
  folderId: number | null
  name?: string
  open?: boolean
}

/** Folders in memory, and what was deleted. */
export class FakeOrganising {
  folders: Folder[] = []
  private readonly host: FakeHost

  constructor(host: FakeHost) {
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

  private become<T>(folders: Folder[], result: T): T {
    this.folders = folders
    this.host.emit('folders.changed', folders)
    return result
  }
}
