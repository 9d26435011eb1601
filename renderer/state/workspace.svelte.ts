import { createContext } from 'svelte'
import type { Client } from '../connection/client.ts'
import type { Link } from '../connection/transport.ts'
import { Application } from './application.svelte.ts'
import { Attachments } from './attachments.svelte.ts'
import { Budget } from './budget.svelte.ts'
import { Chat } from './chat.svelte.ts'
import { Compare } from './compare.svelte.ts'
import { Context } from './context.svelte.ts'
import { OwnModel } from './own-model.svelte.ts'
import { ConversationList } from './conversation-list.svelte.ts'
import { OwnSettings } from './conversation-settings.svelte.ts'
import { Drafts } from './drafts.ts'
import { EndpointState } from './endpoint.svelte.ts'
import { Exchange } from './exchange.svelte.ts'
import { Help } from './help.svelte.ts'
import { KnownDetails } from './known-details.svelte.ts'
import { ModelLibrary } from './library.svelte.ts'
import { Lookup } from './lookup.svelte.ts'
import { MenuState } from './menu.svelte.ts'
import { Finder } from './finder.svelte.ts'
import type { View } from './navigation.svelte.ts'
import { Navigation } from './navigation.svelte.ts'
import { Notices } from './notices.svelte.ts'
import { Organising } from './organising.svelte.ts'
import { PaceControl } from './pace.svelte.ts'
import { Running } from './running.svelte.ts'
import { Search } from './search.svelte.ts'
import { ThoughtBudget } from './thought-budget.svelte.ts'
import { TuningState } from './tuning.svelte.ts'
import type { Front } from './unseen.svelte.ts'
import { Unseen } from './unseen.svelte.ts'

const RESYNC_MS = 400

/** Where there is no page: always seen. */
const ALONE: Front = { isInFront: true, whenInFront: () => undefined, notify: () => undefined }

/** Everything that the window knows, and the one place where its parts meet. */
export class Workspace {
  private readonly client: Client
  private resyncTimer: ReturnType<typeof setTimeout> | undefined
  readonly notices = new Notices()
  readonly menu = new MenuState()
  readonly running: Running
  readonly application: Application
  readonly attachments: Attachments
  readonly endpoint: EndpointState
  readonly ownSettings: OwnSettings
  readonly ownModel: OwnModel
  readonly conversations: ConversationList
  readonly organising: Organising
  readonly exchange: Exchange
  readonly budget: Budget
  readonly pace: PaceControl
  readonly thoughtBudget: ThoughtBudget
  readonly chat: Chat
  readonly compare: Compare
  readonly help: Help
  readonly context: Context
  readonly drafts: Drafts
  readonly search: Search
  readonly finder: Finder
  readonly library: ModelLibrary
  readonly lookup: Lookup
  readonly navigation: Navigation
  readonly unseen: Unseen
  readonly details: KnownDetails
  readonly tuning: TuningState
  link = $state.raw<Link>({ phase: 'connecting' })

  /** `conversationId`: what to open as soon as the link is there. */
  constructor(client: Client, conversationId: number | null, view: View = 'chat', front: Front = ALONE) {
    this.client = client
    const { notices } = this
    this.running = new Running(client, (messageId) => {
      if (this.chat.tree.byId.has(messageId)) this.resyncSoon()
    })
    this.application = new Application(client, notices, this.running)
    this.attachments = new Attachments(client, notices)
    this.ownSettings = new OwnSettings(client, notices)
    this.ownModel = new OwnModel(client, {
      notices,
      conversation: () => this.chat.conversation,
      library: () => this.library,
    })
    this.application.own = this.ownModel
    this.endpoint = new EndpointState(client, notices)
    this.conversations = new ConversationList(client, notices)
    this.organising = new Organising(client, notices)
    this.exchange = new Exchange(client, notices)
    this.pace = new PaceControl(client, notices, this.application)
    this.budget = new Budget(client, notices, () => this.chat.answering, this.pace)
    const { application, budget } = this
    this.thoughtBudget = new ThoughtBudget(client, { application, budget, notices }, () => this.chat.answering)
    this.chat = new Chat(
      client,
      { application, budget, notices, ownSettings: this.ownSettings, ownModel: this.ownModel, running: this.running },
      conversationId,
    )
    this.compare = new Compare(client, notices)
    this.help = new Help(client, notices)
    this.context = new Context(client, { application, notices, ownModel: this.ownModel, chat: this.chat })
    this.drafts = new Drafts(client)
    this.search = new Search(client, notices)
    this.finder = new Finder(client, this.chat, notices)
    this.library = new ModelLibrary(client, notices)
    this.lookup = new Lookup(client)
    this.details = new KnownDetails(client)
    this.tuning = new TuningState(client, notices)
    this.navigation = new Navigation(view)
    const { titleOf } = this
    const open = (id: number) => {
      this.navigation.toChat()
      void this.chat.open(id)
    }
    this.unseen = new Unseen(client, { application, titleOf, open }, front)
    client.on('models.open', (request) => {
      this.lookup.fill(request)
      this.navigation.toModels('add')
    })
    client.on('chat.new', () => {
      this.newChat()
    })
    client.on('settings.changed', ({ budget }) => {
      this.budget.adopt(budget)
    })
    client.watch((link) => {
      this.link = link
      if (link.phase === 'open') void this.sync()
    })
  }

  /** Of a conversation, as far as it is known here. */
  readonly titleOf = (conversationId: number): string => {
    const { conversation } = this.chat
    if (conversation?.id === conversationId) return conversation.title
    return this.conversations.all.find(({ id }) => id === conversationId)?.title ?? 'Depthwise'
  }

  retry(): void {
    this.client.retry()
  }

  /** Shows a new conversation. */
  readonly newChat = (): void => {
    this.chat.startNew()
    this.navigation.toChat()
  }

  /** Reads all that is on view again: what happened while the link was down is in the host. */
  private async sync(): Promise<void> {
    this.running.clear()
    const { application, chat, compare, conversations, library, organising, pace, tuning } = this
    const lists = [conversations.refresh(), organising.refresh(), library.refresh(), tuning.refresh()]
    const typed = this.notices.during(
      Promise.all([this.drafts.restore(), this.ownSettings.restore(), this.ownModel.restore()]),
    )
    await Promise.all([application.refresh(), pace.refresh(), chat.reread(), compare.refresh(), ...lists, typed])
    if (this.application.settings) this.budget.adopt(this.application.settings.budget)
  }

  private resyncSoon(): void {
    if (this.resyncTimer !== undefined) return
    this.resyncTimer = setTimeout(() => {
      this.resyncTimer = undefined
      void this.chat.reread()
    }, RESYNC_MS)
  }
}

export const [workspace, provideWorkspace] = createContext<Workspace>()
