import type { Conversation } from '../../electron/contract/values.ts'
import type { Client } from '../connection/client.ts'
import type { Notices } from './notices.svelte.ts'

/** The list of conversations, newest first. */
export class ConversationList {
  private readonly client: Client
  private readonly notices: Notices
  all = $state.raw<readonly Conversation[]>([])
  loaded = $state(false)

  constructor(client: Client, notices: Notices) {
    this.client = client
    this.notices = notices
    client.on('conversation.changed', (conversation) => {
      this.changed(conversation)
    })
    client.on('conversation.deleted', ({ id }) => {
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

  private changed(conversation: Conversation): void {
    const others = this.all.filter(({ id }) => id !== conversation.id)
    this.all = [conversation, ...others].sort((a, b) => b.updatedAt - a.updatedAt)
  }
}
