import type { ContextCount } from '../../electron/contract/context.ts'
import type { Attachment, Overflow } from '../../electron/contract/values.ts'
import type { Client } from '../connection/client.ts'
import type { Application } from './application.svelte.ts'
import type { Chat } from './chat.svelte.ts'
import type { OwnModel } from './own-model.svelte.ts'
import type { Notices } from './notices.svelte.ts'

/** Counting waits for a pause in typing, in milliseconds. */
const PAUSE_MS = 250
/** Of the context: with less room than this for an answer, the person is warned. */
const SCARCE = 1 / 4

/** What there is to say of the context. */
export type ContextState =
  /** There is room. */
  | 'roomy'
  /** An answer may find too little room. */
  | 'scarce'
  /** The conversation with the draft does not fit, and the person has not said what is to be done. */
  | 'full'
  /** The same, and it is to stop there. */
  | 'ended'
  /** The oldest turns are left out. */
  | 'cut'
  /** The draft alone does not fit. */
  | 'tooLong'

interface Rooms {
  application: Application
  notices: Notices
  ownModel: OwnModel
  chat: Chat
}

/** How much of the model's context the conversation on view takes, with what is typed. */
export class Context {
  private readonly client: Client
  private readonly rooms: Rooms
  private timer: ReturnType<typeof setTimeout> | undefined
  private asked = 0
  private entered: number | null = null
  count = $state.raw<ContextCount | null>(null)

  readonly limit = $derived.by(() => this.rooms.application.contextLength)
  readonly overflow = $derived.by<Overflow>(() => this.rooms.chat.conversation?.overflow ?? 'ask')
  /** Tokens of prompt and answer: while one is written, those of it; else those that the next prompt would take. */
  readonly used = $derived.by(() => {
    const { answering, path } = this.rooms.chat
    if (answering?.prefill) return answering.prefill.total + answering.tokens.length
    if (this.count) return this.count.read
    const last = path.findLast(({ generation }) => generation !== null)?.generation
    return last ? last.promptTokens + last.depths.length : 0
  })
  /** Tokens that are left for an answer. */
  readonly room = $derived(Math.max(0, this.limit - this.used))
  readonly state = $derived.by<ContextState>(() => {
    const { count, limit, overflow } = this
    const full = overflow === 'stop' ? 'ended' : 'full'
    if (this.rooms.chat.refusedAsFull) return full
    if (!count || limit === 0) return 'roomy'
    if (count.newest >= limit) return 'tooLong'
    if (count.read >= limit) return full
    if (overflow === 'drop' && count.readsFrom !== null) return 'cut'
    return this.room < Math.min(limit * SCARCE, this.rooms.application.settings?.sampling.maxTokens ?? limit)
      ? 'scarce'
      : 'roomy'
  })
  /** Whether the draft can be sent. */
  readonly fits = $derived(this.state !== 'full' && this.state !== 'ended' && this.state !== 'tooLong')
  /** Of the files of the draft, as far as they are counted. */
  readonly fileTokens = $derived(this.count?.attachments ?? [])
  /** The first message on view that the model reads, where there are turns that it does not. */
  readonly readsFrom = $derived.by<number | null>(() => {
    const { answering, path } = this.rooms.chat
    if (!answering && this.overflow === 'drop' && this.count) return this.count.readsFrom
    return path.findLast(({ generation }) => generation !== null)?.generation?.readsFrom ?? null
  })

  /** Of all that is on view nothing is read: only what is being typed. */
  readonly readsFromNext = $derived.by(
    () => this.readsFrom !== null && !this.rooms.chat.tree.byId.has(this.readsFrom) && this.rooms.chat.path.length > 0,
  )

  constructor(client: Client, rooms: Rooms) {
    this.client = client
    this.rooms = rooms
  }

  /** Counts what stands there, after a pause; called whenever any of it has changed. */
  follow(text: string, files: readonly Attachment[] = []): void {
    clearTimeout(this.timer)
    const { chat, ownModel } = this.rooms
    const [conversationId, parentId] = [chat.conversation?.id ?? null, chat.leafId]
    const own = conversationId === null ? { modelId: ownModel.id } : {}
    const asked = ++this.asked
    const attachments = files.length > 0 ? { attachments: files.map(({ id }) => id) } : {}
    const prompt = { conversationId, parentId, text, ...attachments, ...own }
    this.timer = setTimeout(
      () => {
        void this.client.call('context.count', prompt).then(
          (count) => {
            if (asked !== this.asked) return
            this.count = count ?? this.count
            chat.hasRoom()
          },
          // it is counted again with the next change, and by the host before anything is sent
          () => undefined,
        )
      },
      this.count === null ? 0 : PAUSE_MS,
    )
  }

  /** Another conversation is on view: nothing is known of it yet. */
  enter(conversationId: number | null): void {
    if (conversationId === this.entered) return
    this.entered = conversationId
    this.count = null
  }

  /** Says what this conversation is to do at the end of the context. */
  async choose(overflow: Overflow): Promise<boolean> {
    const { chat, notices } = this.rooms
    const id = chat.conversation?.id
    if (id === undefined) return false
    chat.hasRoom()
    return notices.during(this.client.call('conversation.overflow', { id, overflow }))
  }
}
