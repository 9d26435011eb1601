import { termsOf } from '../../electron/contract/matching.ts'
import type { Hits } from '../../electron/contract/search.ts'
import type { Client } from '../connection/client.ts'
import type { Chat } from './chat.svelte.ts'
import type { Notices } from './notices.svelte.ts'
import type { Place } from './places.ts'
import { firstPlaceFrom, placesOn } from './places.ts'

const TYPING_MS = 120

/** What is looked for in the conversation on view, and where it stands on the branch on view. */
export class Finder {
  private readonly client: Client
  private readonly chat: Chat
  private readonly notices: Notices
  private timer: ReturnType<typeof setTimeout> | undefined
  private conversationId = $state<number | null>(null)
  private shown = $state(false)
  private found = $state.raw<readonly Hits[]>([])
  text = $state('')
  terms = $state.raw<readonly string[]>([])
  /** Of the hit that is shown, among `places`. */
  at = $state(0)
  /** Goes up when the window is to show the hit `at`. */
  moves = $state(0)
  /** Goes up when what is to be looked for is to be typed. */
  asked = $state(0)

  readonly places = $derived.by(() => placesOn(this.chat.path, this.found))
  /** Ids of files in which it stands. */
  readonly filesFound = $derived(this.active ? this.found.flatMap(({ files = [] }) => files) : [])
  readonly current = $derived(this.places[this.at] ?? null)
  /** How many hits stand on other branches. */
  readonly elsewhere = $derived(this.found.reduce((sum, { hits }) => sum + hits, 0) - this.places.length)

  constructor(client: Client, chat: Chat, notices: Notices) {
    this.client = client
    this.chat = chat
    this.notices = notices
    client.on('chat.ended', ({ message }) => {
      if (this.active && message.conversationId === this.conversationId) void this.read(null)
    })
  }

  get active(): boolean {
    return this.shown && this.conversationId !== null && this.conversationId === this.chat.conversationId
  }

  /** Shows the bar, with what was looked for before. */
  open(): void {
    if (this.chat.conversationId === null) return
    const again = !this.active && this.text !== ''
    this.conversationId = this.chat.conversationId
    this.shown = true
    this.asked += 1
    if (again) this.look(this.text, null)
  }

  /** Begins at the first hit in or after the message `from`. */
  look(text: string, from: number | null): void {
    this.text = text
    this.terms = text.trim() === '' ? [] : [text.trim()]
    clearTimeout(this.timer)
    this.timer = setTimeout(() => {
      void this.read(from)
    }, TYPING_MS)
  }

  /** Opens a conversation at a message that was found by `text`, on whatever branch it lies. */
  async show(conversationId: number, messageId: number | null, text: string): Promise<void> {
    clearTimeout(this.timer)
    this.found = []
    this.text = text.trim()
    this.terms = termsOf(text)
    this.conversationId = conversationId
    this.shown = messageId !== null
    if (this.chat.conversation?.id !== conversationId) await this.chat.open(conversationId)
    if (messageId === null || this.chat.conversation?.id !== conversationId) return
    await this.chat.showMessage(messageId)
    await this.read(messageId)
  }

  /** To the next hit, or with -1 to the one before; after the last comes the first. */
  step(step: number): void {
    const count = this.places.length
    if (count === 0) return
    this.at = (this.at + step + count) % count
    this.moves += 1
  }

  close(): void {
    clearTimeout(this.timer)
    this.shown = false
    this.found = []
  }

  /** `from`: where to begin; null stays at the hit that is shown. */
  private async read(from: number | null): Promise<void> {
    const { conversationId: id, terms, current } = this
    if (id === null) return
    await this.notices.during(
      (terms.length === 0
        ? Promise.resolve([])
        : this.client.call('conversation.find', { id, terms: [...terms] })
      ).then((found) => {
        if (terms !== this.terms || id !== this.conversationId || !this.shown) return
        this.found = found
        this.begin(from, current)
      }),
    )
  }

  private begin(from: number | null, before: Place | null): void {
    const { places } = this
    if (from === null && before) {
      const same = places.findIndex(({ messageId, nth }) => messageId === before.messageId && nth === before.nth)
      if (same >= 0) {
        this.at = same
        return
      }
    }
    this.at = firstPlaceFrom(this.chat.path, places, from)
    this.moves += 1
  }
}
