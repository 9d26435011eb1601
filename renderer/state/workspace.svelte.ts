import { createContext } from 'svelte'
import { SvelteMap } from 'svelte/reactivity'
import type { Client } from '../connection/client.ts'
import type { Link } from '../connection/transport.ts'
import { Application } from './application.svelte.ts'
import { Budget } from './budget.svelte.ts'
import { Chat } from './chat.svelte.ts'
import { ConversationList } from './conversation-list.svelte.ts'
import { EndpointState } from './endpoint.svelte.ts'
import { ModelLibrary } from './library.svelte.ts'
import { Lookup } from './lookup.svelte.ts'
import { Finder } from './finder.svelte.ts'
import type { View } from './navigation.svelte.ts'
import { Navigation } from './navigation.svelte.ts'
import { Notices } from './notices.svelte.ts'
import { Running } from './running.svelte.ts'
import { Search } from './search.svelte.ts'
import { ThoughtBudget } from './thought-budget.svelte.ts'

const RESYNC_MS = 400

/** Everything that the window knows, and the one place where its parts meet. */
export class Workspace {
  private readonly client: Client
  private resyncTimer: ReturnType<typeof setTimeout> | undefined
  readonly notices = new Notices()
  readonly running: Running
  readonly application: Application
  readonly endpoint: EndpointState
  readonly conversations: ConversationList
  readonly budget: Budget
  readonly thoughtBudget: ThoughtBudget
  readonly chat: Chat
  readonly search: Search
  readonly finder: Finder
  readonly library: ModelLibrary
  readonly lookup: Lookup
  readonly navigation: Navigation
  link = $state.raw<Link>({ phase: 'connecting' })
  /** What is typed and not sent, by conversation (0: the new one). */
  readonly drafts = new SvelteMap<number, string>()

  /** `conversationId`: what to open as soon as the link is there. */
  constructor(client: Client, conversationId: number | null, view: View = 'chat') {
    this.client = client
    const { notices } = this
    this.running = new Running(client, (messageId) => {
      if (this.chat.tree.byId.has(messageId)) this.resyncSoon()
    })
    this.application = new Application(client, notices, this.running)
    this.endpoint = new EndpointState(client, notices)
    this.conversations = new ConversationList(client, notices)
    this.budget = new Budget(client, notices, () => this.chat.answering)
    const { application, budget } = this
    this.thoughtBudget = new ThoughtBudget(client, { application, budget, notices }, () => this.chat.answering)
    this.chat = new Chat(client, { application, budget, notices, running: this.running }, conversationId)
    this.search = new Search(client, notices)
    this.finder = new Finder(client, this.chat, notices)
    this.library = new ModelLibrary(client, notices)
    this.lookup = new Lookup(client)
    this.navigation = new Navigation(view)
    client.on('models.open', (request) => {
      this.lookup.fill(request)
      this.navigation.toModels('add')
    })
    client.on('settings.changed', ({ budget }) => {
      this.budget.adopt(budget)
    })
    client.watch((link) => {
      this.link = link
      if (link.phase === 'open') void this.sync()
    })
  }

  retry(): void {
    this.client.retry()
  }

  /** Reads all that is on view again: what happened while the link was down is in the host. */
  private async sync(): Promise<void> {
    this.running.clear()
    const { application, chat, conversations, library } = this
    await Promise.all([application.refresh(), conversations.refresh(), chat.reread(), library.refresh()])
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
