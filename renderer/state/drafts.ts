import { SvelteMap } from 'svelte/reactivity'
import type { Attachment } from '../../electron/contract/values.ts'
import type { Client } from '../connection/client.ts'
import type { AttachedTo } from './attachments.svelte.ts'
import { ConnectionLost } from '../connection/transport.ts'

/** While a person types, a draft is given to the host this often, in milliseconds. */
const SAVE_MS = 300

const NONE: readonly Attachment[] = []

/** What is typed and attached and not sent, by conversation (null: a new one). The host keeps it. */
export class Drafts {
  private readonly client: Client
  private readonly texts = new SvelteMap<number, string>()
  private readonly attached = new SvelteMap<number, readonly Attachment[]>()
  /** Changed here, and not yet kept by the host. */
  private readonly unsaved = new Set<number>()
  /** Changed here since the page was opened: what the host has kept of them is older. */
  private readonly touched = new Set<number>()
  private timer: ReturnType<typeof setTimeout> | undefined

  constructor(client: Client) {
    this.client = client
    client.on('conversation.deleted', ({ id }) => {
      this.texts.delete(id)
      this.attached.delete(id)
      this.unsaved.delete(id)
    })
  }

  of(conversationId: number | null): string {
    return this.texts.get(conversationId ?? 0) ?? ''
  }

  filesOf(conversationId: number | null): readonly Attachment[] {
    return this.attached.get(conversationId ?? 0) ?? NONE
  }

  write(conversationId: number | null, text: string): void {
    const key = conversationId ?? 0
    if (text === (this.texts.get(key) ?? '')) return
    if (text === '') this.texts.delete(key)
    else this.texts.set(key, text)
    this.changed(key)
  }

  attach(conversationId: number | null, files: readonly Attachment[]): void {
    const key = conversationId ?? 0
    if (files.length === 0) this.attached.delete(key)
    else this.attached.set(key, files)
    this.changed(key)
  }

  /** Where files of a conversation's draft are put, whichever is on view by then. */
  target(conversationId: number | null): AttachedTo {
    return {
      files: () => this.filesOf(conversationId),
      change: (files) => {
        this.attach(conversationId, files)
      },
    }
  }

  /**
   * `text` was sent with `files`; what was typed or attached in a new conversation meanwhile goes on in the one that it
   * has become.
   */
  sent(text: string, from: number | null, became: number | null, files: readonly Attachment[] = NONE): void {
    const left = this.of(from)
    const filesLeft = this.filesOf(from).filter(({ id }) => !files.some((sent) => sent.id === id))
    const moves = from === null && became !== null
    if (left === text) this.write(from, '')
    else if (moves && this.of(became) === '') {
      this.write(from, '')
      this.write(became, left)
    }
    if (files.length > 0 || filesLeft.length > 0) {
      this.attach(from, moves ? NONE : filesLeft)
      if (moves && filesLeft.length > 0) this.attach(became, [...this.filesOf(became), ...filesLeft])
    }
    this.flush()
  }

  /** Reads what the host has kept, after the link came up; what could not be given to it before is given again. */
  async restore(): Promise<void> {
    for (const { conversationId, text, attachments } of await this.client.call('draft.list', {})) {
      const key = conversationId ?? 0
      if (this.touched.has(key)) continue
      this.texts.set(key, text)
      if (attachments) this.attached.set(key, attachments)
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

  private changed(key: number): void {
    this.unsaved.add(key)
    this.touched.add(key)
    this.timer ??= setTimeout(() => {
      this.flush()
    }, SAVE_MS)
  }

  private async save(key: number): Promise<void> {
    const conversationId = key === 0 ? null : key
    const attachments = this.filesOf(conversationId).map(({ id }) => id)
    try {
      await this.client.call('draft.write', {
        conversationId,
        text: this.of(conversationId),
        ...(attachments.length > 0 && { attachments }),
      })
    } catch (error) {
      // it stands in the window still, and goes to the host when the link is up again
      if (error instanceof ConnectionLost) this.unsaved.add(key)
    }
  }
}
