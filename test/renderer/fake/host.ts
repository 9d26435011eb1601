import * as v from 'valibot'
import type { CallName, EventData, EventName } from '../../../electron/contract/calls.ts'
import { CALLS, CONTRACT_VERSION } from '../../../electron/contract/calls.ts'
import { DepthwiseError, toFailure } from '../../../models/common/errors.ts'
import type { WindowPort } from '../../../electron/contract/frames.ts'
import { RequestSchema } from '../../../electron/contract/frames.ts'
import type { ConversationSettings } from '../../../electron/contract/presets.ts'
import { FOLLOWING } from '../../../electron/contract/presets.ts'
import type { Conversation, EngineStatus, Message, Settings } from '../../../electron/contract/values.ts'
import type { LibraryModel } from '../../../electron/contract/models.ts'
import { FakeCompare } from './compare.ts'
import { FakeContext } from './context.ts'
import { FakeConversations } from './conversations.ts'
import { FakeLibrary } from './library.ts'
import type { FakeOptions, Params } from './options.ts'
import { FakePace } from './pace.ts'
import { FakeOrganising } from './organising.ts'
import { FakeRooms } from './rooms.ts'
import { FakeTuning } from './tuning.ts'
import { FAILED, message, MODEL, READY, SETTINGS, STARTERS } from './values.ts'
import type { Pace } from './writer.ts'
import { Writer } from './writer.ts'

/** As the host's. */
const [LONG, LAST] = [200, 60]

/** A host that keeps the contract and answers with canned text. It is a window port, as the preload script gives one. */
export class FakeHost implements WindowPort {
  readonly conversations = new FakeConversations()
  readonly organising = new FakeOrganising(this)
  readonly context = new FakeContext(this.conversations, () => this.engine.model?.contextLength ?? null)
  readonly library: FakeLibrary
  private readonly paces: FakePace
  readonly compare: FakeCompare
  readonly tuning: FakeTuning
  private readonly options: FakeOptions
  private readonly receivers = new Set<(frame: unknown) => void>()
  private readonly pace: Pace
  private engine: EngineStatus
  private settings: Settings
  /** By message id. */
  private readonly writers = new Map<number, Writer>()
  /** Of those that have ended, where it is known what decided about their tokens. */
  readonly written = new Map<number, Writer>()
  private readonly stopped = new Set<number>()
  private seed = 0
  private readonly rooms: FakeRooms

  constructor(options: FakeOptions = {}) {
    this.options = options
    this.engine = options.engine ?? READY
    this.settings = { ...SETTINGS, ...options.settings }
    this.pace = options.pace ?? { tokenMs: 14, prefillMs: 500 }
    this.tuning = new FakeTuning((tuning) => {
      this.emit('tuning.changed', tuning)
    }, options.measured)
    this.paces = new FakePace(() => this.settings.pace, this.emit.bind(this), options.onBattery)
    this.compare = new FakeCompare(this, this.pace)
    this.library = new FakeLibrary(
      (event, data) => {
        this.emit(event, data)
      },
      (model) => void this.restart(model),
      options.library,
    )
    this.rooms = new FakeRooms(this, options.requests ?? [])
  }

  listen(receive: (frame: unknown) => void): () => void {
    this.receivers.add(receive)
    return () => this.receivers.delete(receive)
  }

  send(frame: unknown): void {
    queueMicrotask(() => {
      this.answer(frame)
    })
  }

  emit<N extends EventName>(event: N, data: EventData<N>): void {
    this.deliver({ event, data })
  }

  becomes(engine: EngineStatus): void {
    this.engine = engine
    this.emit('engine.status', engine)
  }

  private deliver(frame: unknown): void {
    const copy: unknown = structuredClone(frame)
    for (const receive of this.receivers) receive(copy)
  }

  private answer(frame: unknown): void {
    const request = v.safeParse(RequestSchema, frame)
    if (!request.success) {
      this.deliver({ id: null, failure: toFailure(new DepthwiseError('BAD_FRAME', v.summarize(request.issues))) })
      return
    }
    const { id, call, params } = request.output
    const checked = v.safeParse(CALLS[call].params, params)
    try {
      if (!checked.success) throw new DepthwiseError('BAD_ARGUMENT', v.summarize(checked.issues))
      this.deliver({ id, result: this.run(call, checked.output as unknown as Params) })
    } catch (error) {
      this.deliver({ id, failure: toFailure(error) })
    }
  }

  private run(call: CallName, params: Params): unknown {
    const { conversations } = this
    switch (call) {
      case 'app.state':
        return {
          contract: CONTRACT_VERSION,
          version: '0.1.0',
          settings: this.settings,
          defaults: SETTINGS,
          engine: this.engine,
          others: [],
          answering: [...this.writers.values()].map(({ message: { id, conversationId } }) => ({
            conversationId,
            messageId: id,
          })),
          starters: STARTERS,
          notices: this.options.notices ?? [],
        }
      case 'settings.change':
        this.settings = { ...this.settings, ...params }
        this.emit('settings.changed', this.settings)
        this.paces.tell()
        return this.settings
      case 'pace.read':
        return this.paces.state
      case 'pace.byHand':
        this.settings.pace = this.paces.byHand()
        return this.paces.tell()
      case 'conversation.list':
        return conversations.list(params.search)
      case 'conversation.create':
        return this.create(params.settings as ConversationSettings | undefined)
      case 'conversation.settings':
        return conversations.settings.get(params.id) ?? FOLLOWING
      case 'conversation.configure':
        conversations.settings.set(params.id, params.settings as ConversationSettings)
        this.emit('conversation.configured', { id: params.id, settings: params.settings as ConversationSettings })
        return params.settings
      case 'conversation.read':
        return this.opened(params.id)
      case 'message.tokenDetails': {
        const writer = this.writers.get(params.messageId) ?? this.written.get(params.messageId)
        const details = writer?.details() ?? []
        return params.token < details.length ? { first: 0, details } : { first: params.token, details: [] }
      }
      case 'conversation.search':
        return conversations.search(params.text)
      case 'conversation.find':
        return conversations.find(params.id, params.terms)
      case 'conversation.messages':
        return this.read(params.id).filter(({ id }) => params.messageIds.includes(id))
      case 'conversation.rename':
        return this.changed(params.id, { title: params.title })
      case 'conversation.delete':
        conversations.delete(params.id)
        for (const { message } of this.writers.values())
          if (message.conversationId === params.id) this.writers.delete(message.id)
        this.emit('conversation.deleted', { id: params.id })
        return null
      case 'conversation.select':
        return this.changed(params.id, { leafId: params.leafId })
      case 'chat.send':
        return this.addTurn(params)
      case 'chat.regenerate':
        return { answer: this.begin(conversations.messages.get(params.messageId)!, params) }
      case 'chat.continue':
        return { answer: this.begin(conversations.messages.get(params.messageId)!, params) }
      case 'chat.reword':
        return { answer: this.reword(conversations.messages.get(params.messageId)!, params.text) }
      case 'context.count':
        return this.context.count(params.conversationId, params.parentId, params.text, params.attachments)
      case 'conversation.model':
        return this.changed(params.id, { model: this.library.named(params.modelId) })
      case 'conversation.overflow':
        return this.changed(params.id, { overflow: params.overflow })
      case 'chat.stop':
        this.stopped.add(params.messageId)
        return null
      case 'chat.budget':
        this.changeBudget(params)
        return null
      case 'chat.endThought':
        this.writers.get(params.messageId)?.endThought()
        return null
      case 'engine.provider':
        this.settings = { ...this.settings, provider: params.provider }
        this.emit('settings.changed', this.settings)
        return null
      case 'engine.restart':
        void this.restart()
        return null
      default:
        return this.rooms.run(call, params)
    }
  }

  /** A long conversation as its outline, its end and what is being written. */
  private opened(id: number): unknown {
    const conversation = this.conversations.get(id)
    const messages = this.read(id)
    if (messages.length <= LONG) return { conversation, messages }
    const outline = messages.map((message) => [message.id, message.parentId])
    return { conversation, messages: messages.slice(-LAST), outline }
  }

  private read(conversationId: number): Message[] {
    return this.conversations
      .of(conversationId)
      .map((kept) => this.writers.get(kept.id)?.kept('streaming', null) ?? kept)
  }

  private create(settings?: ConversationSettings): Conversation {
    const { id } = this.conversations.create()
    if (settings) this.conversations.settings.set(id, settings)
    return this.changed(id, {})
  }

  private changed(id: number, part: Parameters<FakeConversations['change']>[1]): Conversation {
    const conversation = this.conversations.change(id, part)
    this.emit('conversation.changed', conversation)
    return conversation
  }

  private addTurn(params: Params): unknown {
    const { parentId, text } = params
    const attachments = this.context.filesOf(params.attachments)
    if (text.trim() === '' && attachments.length === 0)
      throw new DepthwiseError('EMPTY_PROMPT', 'There is nothing to answer in an empty message.')
    this.context.expectRoom(params.conversationId, parentId, text, params.attachments)
    const created = params.conversationId === null
    const conversationId = params.conversationId ?? this.create(params.settings as ConversationSettings | undefined).id
    if (params.modelId) this.conversations.change(conversationId, { model: this.library.named(params.modelId) })
    const { leafId, model } = this.conversations.get(conversationId)
    if (model?.id) this.emit('engine.other', this.library.running(model.id, this.engine))
    if ([leafId, parentId].some((id) => id !== null && this.writers.has(id)))
      throw new DepthwiseError('BUSY', 'An answer of this conversation is being written. Wait for it or stop it.')
    const files = attachments.length > 0 ? { attachments } : {}
    const turn = message({ id: this.conversations.nextId(), conversationId, parentId, role: 'user', text, ...files })
    this.conversations.messages.set(turn.id, turn)
    if (parentId === null) this.conversations.change(conversationId, { title: text.slice(0, 60) })
    const answer = this.begin({ ...turn, parentId: turn.id }, params)
    return { ...(created && { conversation: this.conversations.get(conversationId) }), turn, answer }
  }

  private begin({ conversationId, parentId }: Message, { budget, seed }: Params): Message {
    const id = this.conversations.nextId()
    const answer = message({ id, conversationId, parentId, role: 'assistant', status: 'streaming' })
    const thinks = (this.engine.model?.thinking.kind ?? 'none') !== 'none' && this.settings.thinking.on
    const writer = new Writer(answer, budget, seed ?? this.seed++, this.pace, thinks, this.options.answer)
    this.writers.set(id, writer)
    this.conversations.messages.set(id, answer)
    this.changed(conversationId, { leafId: id, updatedAt: Date.now() })
    this.emit('chat.started', { conversationId, messageId: id })
    void this.write(writer)
    return writer.kept('streaming', null)
  }

  private reword({ conversationId, parentId }: Message, text: string): Message {
    const id = this.conversations.nextId()
    const answer = message({ id, conversationId, parentId, role: 'assistant', status: 'complete', text })
    this.conversations.messages.set(id, answer)
    this.changed(conversationId, { leafId: id, updatedAt: Date.now() })
    return answer
  }

  private changeBudget({ messageId, budget, phase }: Params): void {
    const writer = this.writers.get(messageId)
    if (!writer) throw new DepthwiseError('NOT_FOUND', 'This answer is not being written.')
    const token = writer.changeBudget(budget, phase)
    this.emit('chat.budget', { messageId, token, budget, ...(phase === 'thought' && { phase }) })
  }

  private async write(writer: Writer): Promise<void> {
    const messageId = writer.message.id
    for (let done = 0; done <= 4; done++) {
      await pause(this.pace.prefillMs / 5)
      if (!this.writers.has(messageId)) return
      this.emit('chat.prefill', { messageId, done: Math.round(done * 9.25), total: 37 })
    }
    const stopped = (): boolean => this.stopped.has(messageId)
    while (!writer.done && !stopped() && writer.count !== this.options.failAt) {
      this.paces.keep(writer)
      const first = writer.count
      const { token, readings, ms } = writer.next()
      this.emit('chat.tokens', { messageId, first, tokens: [token], readings })
      if (writer.thinking && first === this.options.circlesAt) this.emit('chat.circling', { messageId, token: first })
      await pause(ms)
      if (!this.writers.has(messageId)) return
    }
    const failed = writer.count === this.options.failAt
    if (failed) this.end(writer, 'error', 'error')
    else this.end(writer, stopped() ? 'stopped' : 'complete', stopped() ? 'stopped' : 'end')
  }

  private end(writer: Writer, status: Message['status'], reason: 'error' | 'stopped' | 'end'): void {
    const ended = writer.kept(status, reason)
    this.writers.delete(ended.id)
    this.written.set(ended.id, writer)
    this.conversations.messages.set(ended.id, ended)
    this.emit('chat.ended', { message: ended })
  }

  /** `model`: which runs then; without one, the same as before. */
  private async restart(model: LibraryModel | null = null): Promise<void> {
    const restarts = this.engine.restarts + (model ? 0 : 1)
    const next = model ? { ...MODEL, name: model.name } : (this.engine.model ?? MODEL)
    for (const phase of ['starting', 'preparing', 'loading'] as const) {
      for (let step = 0; step <= 10; step++) {
        const progress = phase === 'starting' ? null : step / 10
        this.becomes({ ...FAILED, failure: null, phase, progress, restarts })
        await pause(model ? 20 : 60)
      }
    }
    this.becomes({ ...READY, model: next, restarts })
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
