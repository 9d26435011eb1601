import type { Conversation } from '../../electron/contract/values.ts'
import type { Client } from '../connection/client.ts'
import type { Notices } from './notices.svelte.ts'

const TYPING_MS = 150

/** The list of conversations, newest first, or those that a search found. */
export class ConversationList {
  private readonly client: Client
  private readonly notices: Notices
  private timer: ReturnType<typeof setTimeout> | undefined
  all = $state.raw<readonly Conversation[]>([])
  search = $state('')
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
    const search = this.search.trim()
    await this.notices.during(
      this.client.call('conversation.list', search === '' ? {} : { search }).then((found) => {
        if (search !== this.search.trim()) return
        this.all = found
        this.loaded = true
      }),
    )
  }

  find(text: string): void {
    this.search = text
    clearTimeout(this.timer)
    this.timer = setTimeout(() => void this.refresh(), text.trim() === '' ? 0 : TYPING_MS)
  }

  async rename(id: number, title: string): Promise<boolean> {
    return this.notices.during(this.client.call('conversation.rename', { id, title }))
  }

  private changed(conversation: Conversation): void {
    const known = this.all.some(({ id }) => id === conversation.id)
    if (!known && this.search.trim() !== '') return
    const others = this.all.filter(({ id }) => id !== conversation.id)
    this.all = [conversation, ...others].sort((a, b) => b.updatedAt - a.updatedAt)
  }
}
