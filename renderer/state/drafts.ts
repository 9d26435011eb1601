import { SvelteMap } from 'svelte/reactivity'
import type { Client } from '../connection/client.ts'
import { ConnectionLost } from '../connection/transport.ts'

/** While a person types, a draft is given to the host this often, in milliseconds. */
const SAVE_MS = 300

/** What is typed and not sent, by conversation (null: a new one). The host keeps it. */
export class Drafts {
  private readonly client: Client
  private readonly texts = new SvelteMap<number, string>()
  /** Changed here, and not yet kept by the host. */
  private readonly unsaved = new Set<number>()
  /** Changed here since the page was opened: what the host has kept of them is older. */
  private readonly touched = new Set<number>()
  private timer: ReturnType<typeof setTimeout> | undefined

  constructor(client: Client) {
    this.client = client
    client.on('conversation.deleted', ({ id }) => {
      this.texts.delete(id)
      this.unsaved.delete(id)
    })
  }

  of(conversationId: number | null): string {
    return this.texts.get(conversationId ?? 0) ?? ''
  }

  write(conversationId: number | null, text: string): void {
    const key = conversationId ?? 0
    if (text === (this.texts.get(key) ?? '')) return
    if (text === '') this.texts.delete(key)
    else this.texts.set(key, text)
    this.unsaved.add(key)
    this.touched.add(key)
    this.timer ??= setTimeout(() => {
      this.flush()
    }, SAVE_MS)
  }

  /** `text` was sent; what was typed in a new conversation meanwhile goes on in the one that it has become. */
  sent(text: string, from: number | null, became: number | null): void {
    const left = this.of(from)
    if (left === text) this.write(from, '')
    else if (from === null && became !== null && this.of(became) === '') {
      this.write(from, '')
      this.write(became, left)
    }
    this.flush()
  }

  /** Reads what the host has kept, after the link came up; what could not be given to it before is given again. */
  async restore(): Promise<void> {
    for (const { conversationId, text } of await this.client.call('draft.list', {})) {
      const key = conversationId ?? 0
      if (!this.touched.has(key)) this.texts.set(key, text)
    }
    this.flush()
  }

  /** Gives to the host what it has not got yet. */
  flush(): void {
    clearTimeout(this.timer)
    this.timer = undefined
    for (const key of this.unsaved) void this.save(key)
    this.unsaved.clear()
  }

  private async save(key: number): Promise<void> {
    const conversationId = key === 0 ? null : key
    try {
      await this.client.call('draft.write', { conversationId, text: this.of(conversationId) })
    } catch (error) {
      // it stands in the window still, and goes to the host when the link is up again
      if (error instanceof ConnectionLost) this.unsaved.add(key)
    }
  }
}
