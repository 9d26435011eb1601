import type { ConversationSettings } from '../../electron/contract/presets.ts'
import { FOLLOWING } from '../../electron/contract/presets.ts'
import type { Client } from '../connection/client.ts'
import type { Notices } from './notices.svelte.ts'

/** What the conversation on view has of its own; a new one may have it before its first message. */
export class OwnSettings {
  private readonly client: Client
  private readonly notices: Notices
  private id: number | null = null
  /** Of the next new conversation. */
  private prepared: ConversationSettings = FOLLOWING
  value = $state.raw<ConversationSettings>(FOLLOWING)

  constructor(client: Client, notices: Notices) {
    this.client = client
    this.notices = notices
    client.on('conversation.configured', ({ id, settings }) => {
      if (id === this.id) this.value = settings
    })
  }

  /** Whether anything differs from the settings for all conversations. */
  get any(): boolean {
    return this.value.systemPrompt !== null || Object.keys(this.value.sampling).length > 0
  }

  /** Of the conversation `id`; null: of a new one. */
  async show(id: number | null): Promise<void> {
    this.id = id
    if (id === null) {
      this.value = this.prepared
      return
    }
    await this.notices.during(
      this.client.call('conversation.settings', { id }).then(
        (settings) => {
          if (this.id === id) this.value = settings
        },
        (error: unknown) => {
          // it has gone meanwhile, which is told elsewhere
          if (this.id === id) throw error
        },
      ),
    )
  }

  /** @returns whether it was taken */
  async change(settings: ConversationSettings): Promise<boolean> {
    if (this.id === null) {
      this.prepared = this.value = settings
      return true
    }
    const { id } = this
    return this.notices.during(
      this.client.call('conversation.configure', { id, settings }).then((kept) => {
        if (this.id === id) this.value = kept
      }),
    )
  }

  /** What a conversation that is being created is to have of its own. */
  take(): { settings?: ConversationSettings } {
    const settings = this.prepared
    this.prepared = FOLLOWING
    return settings === FOLLOWING ? {} : { settings }
  }
}
