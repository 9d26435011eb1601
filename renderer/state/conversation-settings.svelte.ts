import type { ConversationSettings } from '../../electron/contract/presets.ts'
import { FOLLOWING } from '../../electron/contract/presets.ts'
import type { Client } from '../connection/client.ts'
import type { Notices } from './notices.svelte.ts'

const isFollowing = ({ systemPrompt, sampling }: ConversationSettings): boolean =>
  systemPrompt === null && Object.keys(sampling).length === 0

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
    return !isFollowing(this.value)
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
    if (this.id === null) return this.prepare(settings)
    const { id } = this
    return this.notices.during(
      this.client.call('conversation.configure', { id, settings }).then((kept) => {
        if (this.id === id) this.value = kept
      }),
    )
  }

  /** What a conversation that is being created is to have of its own. */
  get forNew(): { settings?: ConversationSettings } {
    return isFollowing(this.prepared) ? {} : { settings: this.prepared }
  }

  /** It was created; the next one follows the settings. */
  taken(): void {
    if (!isFollowing(this.prepared)) void this.prepare(FOLLOWING)
  }

  /** Reads what the host has kept of it. */
  async restore(): Promise<void> {
    this.prepared = await this.client.call('draft.settings', {})
    if (this.id === null) this.value = this.prepared
  }

  private async prepare(settings: ConversationSettings): Promise<boolean> {
    this.prepared = settings
    if (this.id === null) this.value = settings
    return this.notices.during(this.client.call('draft.configure', { settings }))
  }
}
