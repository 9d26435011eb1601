import type { SearchResult } from '../../electron/contract/search.ts'
import type { Client } from '../connection/client.ts'
import type { Notices } from './notices.svelte.ts'

const TYPING_MS = 150

/** The search over all conversations. */
export class Search {
  private readonly client: Client
  private readonly notices: Notices
  private timer: ReturnType<typeof setTimeout> | undefined
  text = $state('')
  /** Of the text, or until it is there of the one before; null where nothing is looked for. */
  result = $state.raw<SearchResult | null>(null)

  constructor(client: Client, notices: Notices) {
    this.client = client
    this.notices = notices
    const again = () => {
      if (this.result) this.soon()
    }
    client.on('conversation.changed', again)
    client.on('conversation.deleted', again)
  }

  get active(): boolean {
    return this.text.trim() !== ''
  }

  look(text: string): void {
    this.text = text
    clearTimeout(this.timer)
    if (this.active) this.soon()
    else this.result = null
  }

  clear(): void {
    this.look('')
  }

  private soon(): void {
    clearTimeout(this.timer)
    this.timer = setTimeout(() => void this.read(), TYPING_MS)
  }

  private async read(): Promise<void> {
    const { text } = this
    await this.notices.during(
      this.client.call('conversation.search', { text }).then((result) => {
        if (text === this.text) this.result = result
      }),
    )
  }
}
