import type { Attachment, Conversation, Message } from '../../electron/contract/values.ts'
import type { Client } from '../connection/client.ts'
import type { BeginningRooms } from './beginning.svelte.ts'
import { Beginning } from './beginning.svelte.ts'
import type { OwnSettings } from './conversation-settings.svelte.ts'
import type { OwnModel } from './own-model.svelte.ts'
import type { RunningAnswer } from './running-answer.svelte.ts'
import type { Running } from './running.svelte.ts'
import { Asked, fillOutline, fillPlaces, NOTHING_UNREAD } from './outline.ts'
import { buildTree, newestLeaf, pathTo, siblingsOf, withMessage } from './tree.ts'

/** So many messages are asked for in one call. */
const MOST_AT_ONCE = 60

interface Rooms extends BeginningRooms {
  ownSettings: OwnSettings
  ownModel: OwnModel
  running: Running
}

/** The conversation on view; without one, a new one that is created when its first turn is sent. */
export class Chat {
  private readonly client: Client
  private readonly rooms: Rooms
  private readonly asked = new Asked()
  private readonly beginning: Beginning
  private wanted = $state<number | null>(null)

  conversation = $state.raw<Conversation | null>(null)
  messages = $state.raw<readonly Message[]>([])
  leafId = $state<number | null>(null)
  /** Messages of a long conversation that hold their places only, until they are wanted. */
  unread = $state.raw(NOTHING_UNREAD)
  /** Goes up when the person did something whose result is at the end of the conversation. */
  arrivals = $state(0)

  readonly tree = $derived(buildTree(this.messages))
  readonly path = $derived(pathTo(this.tree, this.leafId))
  /** The answer under way that the branch on view ends in. */
  readonly answering = $derived.by(() => this.rooms.running.of(this.leafId))

  /** `conversationId` is opened by the first `reread`. */
  constructor(client: Client, rooms: Rooms, conversationId: number | null) {
    this.client = client
    this.rooms = rooms
    this.beginning = new Beginning(rooms)
    this.wanted = conversationId
    client.on('conversation.changed', (conversation) => {
      this.changed(conversation)
    })
    client.on('conversation.deleted', ({ id }) => {
      if (id === this.wanted) this.startNew()
    })
    client.on('chat.ended', ({ message }) => {
      if (message.conversationId === this.conversation?.id) this.messages = withMessage(this.messages, message)
    })
  }

  /** The conversation that is or will be on view; null for a new one. */
  get conversationId(): number | null {
    return this.wanted
  }

  /** A call that will begin an answer is under way. */
  get sending(): boolean {
    return this.beginning.sending
  }

  /** The host refused a message or another answer, as the conversation does not fit the context. */
  get refusedAsFull(): boolean {
    return this.beginning.refusedAsFull
  }

  /** The context is another now. */
  hasRoom(): void {
    this.beginning.refusedAsFull = false
  }

  startNew(): void {
    this.wanted = null
    this.hasRoom()
    this.conversation = null
    this.messages = []
    this.unread = NOTHING_UNREAD
    this.leafId = null
  }

  async open(id: number): Promise<void> {
    if (id !== this.wanted) this.hasRoom()
    this.wanted = id
    const read = await this.rooms.notices.during(this.read(id))
    if (!read && this.wanted === id && this.conversation?.id !== id) this.startNew()
  }

  /** Reads the conversation on view again, after a gap in what was told of it. */
  async reread(): Promise<void> {
    if (this.wanted !== null) await this.open(this.wanted)
  }

  /** A new turn under `parentId`; tells whether it was taken. */
  async send(text: string, parentId: number | null, files: readonly Attachment[] = []): Promise<boolean> {
    return this.beginning.begin(async (budget, seed) => {
      const { wanted } = this
      const conversationId = this.conversation?.id ?? null
      const own = conversationId === null ? { ...this.rooms.ownSettings.forNew, ...this.rooms.ownModel.forNew } : {}
      const attachments = files.length > 0 ? { attachments: files.map(({ id }) => id) } : {}
      const asked = { conversationId, parentId, text, budget, ...seed, ...own, ...attachments }
      const { conversation, turn, answer } = await this.client.call('chat.send', asked)
      if (conversation) this.rooms.ownSettings.taken()
      if (conversation) this.rooms.ownModel.taken()
      if (conversation && wanted === this.wanted) this.enter(conversation)
      return this.show(answer.conversationId, [turn, answer])
    })
  }

  async regenerate(message: Message, seed?: number): Promise<boolean> {
    return this.beginning.begin(async (budget, settingsSeed) => {
      const chosen = seed === undefined ? settingsSeed : { seed }
      const { answer } = await this.client.call('chat.regenerate', { messageId: message.id, budget, ...chosen })
      return this.show(message.conversationId, [answer])
    })
  }

  /** An answer beside `message` that begins with its text and goes on. */
  async continue(message: Message): Promise<boolean> {
    return this.beginning.begin(async (budget, seed) => {
      const { answer } = await this.client.call('chat.continue', { messageId: message.id, budget, ...seed })
      return this.show(message.conversationId, [answer])
    })
  }

  /** Another wording of an answer; tells whether it was taken. */
  async reword(message: Message, text: string): Promise<boolean> {
    return this.beginning.begin(async () => {
      const { answer } = await this.client.call('chat.reword', { messageId: message.id, text })
      return this.show(message.conversationId, [answer])
    })
  }

  async stop(): Promise<void> {
    await this.tell('stopping', 'chat.stop')
  }

  /** Ends the thought of the answer on view. */
  async answerNow(): Promise<void> {
    await this.tell('endingThought', 'chat.endThought')
  }

  /** Shows the sibling `step` places after `message`, with the newest branch under it. */
  async showSibling(message: Message, step: number): Promise<void> {
    const { index, all } = siblingsOf(this.tree, message)
    const sibling = all[index + step]
    if (sibling) await this.showBranch(sibling)
  }

  /** Shows a branch that `messageId` lies on, with the newest under it; the one on view where it does. */
  async showMessage(messageId: number): Promise<void> {
    const message = this.tree.byId.get(messageId)
    if (message && !this.path.includes(message)) await this.showBranch(message)
  }

  /** Reads those of the messages that hold their places only. */
  async load(ids: readonly number[]): Promise<void> {
    const id = this.conversation?.id
    if (id === undefined || this.unread.size === 0) return
    const messageIds = this.asked.take(ids, this.unread, MOST_AT_ONCE)
    if (messageIds.length === 0) return
    await this.rooms.notices.during(
      this.client.call('conversation.messages', { id, messageIds }).then((read) => {
        if (this.conversation?.id === id) Object.assign(this, fillPlaces(this, read, messageIds))
      }),
    )
    this.asked.done(messageIds)
  }

  /** Asks something of the answer on view, once. */
  private async tell(flag: 'stopping' | 'endingThought', call: 'chat.stop' | 'chat.endThought'): Promise<void> {
    const answer = this.answering
    if (!answer || answer[flag]) return
    answer[flag] = true
    const asked = this.client.call(call, { messageId: answer.messageId })
    if (!(await this.rooms.notices.during(asked, () => answer.live))) answer[flag] = false
  }

  private async showBranch(message: Message): Promise<void> {
    if (!this.conversation) return
    const leafId = newestLeaf(this.tree, message).id
    this.leafId = leafId
    const told = this.rooms.notices.during(
      this.client.call('conversation.select', { id: this.conversation.id, leafId }),
    )
    await Promise.all([told, this.load(this.path.slice(-MOST_AT_ONCE).map(({ id }) => id))])
  }

  /** The one that began with what was sent. */
  private enter(conversation: Conversation): void {
    this.wanted = conversation.id
    this.conversation = conversation
    this.messages = []
  }

  private async read(id: number): Promise<void> {
    const { conversation, messages, outline } = await this.client.call('conversation.read', { id })
    if (this.wanted !== id) return
    const latest = messages.map((message) => this.latest(message))
    const before = { byId: this.tree.byId, unread: this.unread }
    const read = outline ? fillOutline(id, outline, latest, before) : { messages: latest, unread: NOTHING_UNREAD }
    this.conversation = conversation
    Object.assign(this, read)
    this.leafId = conversation.leafId ?? messages.at(-1)?.id ?? null
    this.rooms.running.adopt(messages)
  }

  private show(conversationId: number, added: readonly Message[]): RunningAnswer | null {
    const { running } = this.rooms
    running.adopt(added)
    const answer = running.of(added.at(-1)?.id ?? null)
    if (this.conversation?.id !== conversationId) return answer
    this.messages = added.map((message) => this.latest(message)).reduce<readonly Message[]>(withMessage, this.messages)
    this.leafId = added.at(-1)?.id ?? this.leafId
    this.arrivals += 1
    return answer
  }

  /** The end of an answer may be told before the reply that says it has begun. */
  private latest(message: Message): Message {
    const known = this.tree.byId.get(message.id)
    return known && message.status === 'streaming' && known.status !== 'streaming' ? known : message
  }

  private changed(conversation: Conversation): void {
    if (conversation.id !== this.conversation?.id) return
    this.conversation = conversation
    const { leafId } = conversation
    if (leafId === null || leafId === this.leafId || this.sending) return
    if (this.tree.byId.has(leafId)) this.leafId = leafId
    else void this.reread()
  }
}
