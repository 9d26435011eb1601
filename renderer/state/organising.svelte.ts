import type { DeletedConversation, Folder } from '../../electron/contract/organising.ts'
import type { Conversation } from '../../electron/contract/values.ts'
import type { Client } from '../connection/client.ts'
import type { Notices } from './notices.svelte.ts'

/** So long a deletion can be undone where it was made; afterwards in “Recently deleted”. */
const UNDO_MS = 10_000

/** What is asked in a dialog; `conversation` null: all of them. */
export type OrganisingDialog =
  | { kind: 'export'; conversation: Conversation | null }
  | { kind: 'import'; files: readonly File[] }
  | { kind: 'trash' }
  /** `folder` null: a new one, into which `conversation` goes. */
  | { kind: 'folder'; folder: Folder | null; conversation: Conversation | null }

/** Pins, folders and deletions. */
export class Organising {
  private readonly client: Client
  private readonly notices: Notices
  private timer: ReturnType<typeof setTimeout> | undefined
  folders = $state.raw<readonly Folder[]>([])
  /** Deleted a moment ago. */
  deleted = $state.raw<Conversation | null>(null)
  dialog = $state.raw<OrganisingDialog | null>(null)

  constructor(client: Client, notices: Notices) {
    this.client = client
    this.notices = notices
    client.on('folders.changed', (folders) => (this.folders = folders))
    client.on('conversation.changed', ({ id }) => {
      if (id === this.deleted?.id) this.forget()
    })
  }

  async refresh(): Promise<void> {
    await this.notices.during(this.client.call('folder.list', {}).then((folders) => (this.folders = folders)))
  }

  async pin({ id, pinned }: Conversation): Promise<boolean> {
    return this.notices.during(this.client.call('conversation.pin', { id, pinned: !pinned }))
  }

  async move(id: number, folderId: number | null): Promise<boolean> {
    return this.notices.during(this.client.call('conversation.move', { id, folderId }))
  }

  async delete(conversation: Conversation): Promise<boolean> {
    const done = await this.notices.during(this.client.call('conversation.delete', { id: conversation.id }))
    if (!done) return false
    this.deleted = conversation
    clearTimeout(this.timer)
    this.timer = setTimeout(() => {
      this.forget()
    }, UNDO_MS)
    return true
  }

  async undo(): Promise<void> {
    const { deleted } = this
    this.forget()
    if (deleted) await this.restore(deleted.id)
  }

  async restore(id: number): Promise<boolean> {
    return this.notices.during(this.client.call('conversation.restore', { id }))
  }

  async trash(): Promise<readonly DeletedConversation[]> {
    let trash: readonly DeletedConversation[] = []
    await this.notices.during(this.client.call('conversation.trash', {}).then((found) => (trash = found)))
    return trash
  }

  /** For good. */
  async erase(id: number): Promise<boolean> {
    if (id === this.deleted?.id) this.forget()
    return this.notices.during(this.client.call('conversation.erase', { id }))
  }

  /** A new folder, and `conversation` in it. */
  async createFolder(name: string, conversation: Conversation | null): Promise<boolean> {
    return this.notices.during(
      this.client.call('folder.create', { name }).then(async (folder) => {
        if (conversation) await this.client.call('conversation.move', { id: conversation.id, folderId: folder.id })
      }),
    )
  }

  async changeFolder(id: number, change: { name?: string; open?: boolean; place?: number }): Promise<boolean> {
    return this.notices.during(this.client.call('folder.change', { id, ...change }))
  }

  async deleteFolder(id: number): Promise<boolean> {
    return this.notices.during(this.client.call('folder.delete', { id }))
  }

  forget(): void {
    clearTimeout(this.timer)
    this.deleted = null
  }
}
