import type { Conversation } from '../../electron/contract/values.ts'
import type { Client } from '../connection/client.ts'
import type { Notices } from './notices.svelte.ts'

/** Changes so close to each other are taken into the list in one, in milliseconds. */
const TOGETHER_MS = 100

/** The list of conversations, newest first. */
export class ConversationList {
  private readonly client: Client
  private readonly notices: Notices
  all = $state.raw<readonly Conversation[]>([])
  loaded = $state(false)
  /** Not in the list yet. */
  private pending: readonly Conversation[] = []
  private resting = false

  constructor(client: Client, notices: Notices) {
    this.client = client
    this.notices = notices
    client.on('conversation.changed', (conversation) => {
      this.changed(conversation)
    })
    client.on('conversation.deleted', ({ id }) => {
      this.pending = this.pending.filter((conversation) => conversation.id !== id)
      this.all = this.all.filter((conversation) => conversation.id !== id)
    })
  }

  async refresh(): Promise<void> {
    await this.notices.during(
      this.client.call('conversation.list', {}).then((all) => {
        this.all = all
        this.loaded = true
      }),
    )
  }

  async rename(id: number, title: string): Promise<boolean> {
    return this.notices.during(this.client.call('conversation.rename', { id, title }))
  }

  /** The first at once; what follows shortly after it, as in an import, together. */
  private changed(conversation: Conversation): void {
    this.pending = [conversation, ...this.pending.filter(({ id }) => id !== conversation.id)]
    if (this.resting) return
    this.take()
    this.resting = true
    setTimeout(() => {
      this.resting = false
      this.take()
    }, TOGETHER_MS)
  }

  private take(): void {
    if (this.pending.length === 0) return
    const others = this.all.filter(({ id }) => this.pending.every((one) => one.id !== id))
    this.all = [...this.pending, ...others].sort((a, b) => b.updatedAt - a.updatedAt)
    this.pending = []
  }
}
