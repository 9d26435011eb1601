import { totalmem } from 'node:os'
import { CONTRACT_VERSION } from '../contract/calls.ts'
import type { Endpoint } from '../contract/endpoint.ts'
import type { Conversation, EngineStatus, Message, Settings } from '../contract/values.ts'
import type { History } from '../history/history.ts'
import { openHistory } from '../history/history.ts'
import type { EngineChannel } from './channel.ts'
import { Chat } from './chat.ts'
import type { Receive } from './clients.ts'
import { Clients } from './clients.ts'
import { ConversationModels } from './conversation-models.ts'
import { ConversationSettingsKeeper } from './conversation-settings.ts'
import { compareHandlers } from './compare-calls.ts'
import { Comparisons } from './comparison.ts'
import { contextHandlers } from './context-calls.ts'
import { Contexts } from './context.ts'
import type { Desktop } from './desktop.ts'
import type { Handlers } from './dispatcher.ts'
import { dispatch } from './dispatcher.ts'
import type { EndpointOpener, ForcedEndpoint } from './endpoint.ts'
import { EndpointKeeper } from './endpoint.ts'
import { engineHandlers } from './engine-calls.ts'
import { Engines } from './engines.ts'
import type { Generations } from './generations.ts'
import { libraryHandlers } from './library-calls.ts'
import type { LibrarySetup } from './library.ts'
import { LibraryHost } from './library.ts'
import type { Limits } from './limits.ts'
import { LIMITS } from './limits.ts'
import { organisingHandlers } from './organising-calls.ts'
import { aboutOf } from './about.ts'
import { RequestLog } from './requests.ts'
import { HostSettings } from './settings.ts'
import type { Supervisor } from './supervisor.ts'
import { readingHandlers } from './reading.ts'
import { NEW_TITLE } from './title.ts'

export interface HostOptions {
  dataFolder: string
  /** Where models are prepared. */
  cacheFolder: string
  /** Folder of the model that is used unless the settings name another. */
  builtInModel: string
  /** Folder of the model that is used whatever the settings name. */
  modelFolder?: string | undefined
  version: string
  spawnEngine: () => EngineChannel
  /** What only an app with a window of its own can do. */
  desktop?: Desktop
  /** Where other programs keep models, and how the Hub is asked; default: as this machine is set up. */
  library?: LibrarySetup
  limits?: Partial<Limits>
  /** The way to be asked by other programs; without it there is none. */
  endpoint?: { open: EndpointOpener; forced?: ForcedEndpoint }
  log?: (line: string) => void
}

/** One window or page. */
export interface HostLink {
  /** Takes a frame of the window; the reply comes through the function given to `connect`. */
  accept(frame: unknown): void
  close(): void
}

/** An answer that has ended, and what a person wants to be told of such. */
export interface Answered {
  conversation: Conversation
  message: Message
  notifications: Settings['notifications']
}

/** What windows talk to. Free of Electron. */
export interface Host {
  connect(receive: Receive): HostLink
  engineStatus(): EngineStatus
  /** Shows the page of models for a `depthwise://` link; nothing is downloaded by it. */
  openLink(link: string): void
  /** Shows a new conversation. */
  newChat(): void
  /** The endpoint, once it listens, has failed to or is off. */
  endpoint(): Promise<Endpoint>
  /** Calls `tell` with every answer that ends. */
  onAnswered(tell: (answered: Answered) => void): void
  /** A graphics device does not survive the sleep of the machine. */
  wokeUp(): void
  /** Keeps what answers have so far, ends the engine and closes the history. */
  close(): Promise<void>
}

interface Parts {
  history: History
  clients: Clients
  settings: HostSettings
  engines: Engines
  /** The app's own of these, and what is generated there. */
  engine: Supervisor
  generations: Generations
  contexts: Contexts
  chat: Chat
  comparisons: Comparisons
  configured: ConversationSettingsKeeper
  models: ConversationModels
  requests: RequestLog
  library: LibraryHost
  endpoint: EndpointKeeper
  version: string
}

/** Opens the history (its errors: HISTORY_NEWER, HISTORY_CORRUPT, HISTORY_UNWRITABLE, BUSY) and starts the engine. */
export function createHost(options: HostOptions): Host {
  const log = options.log ?? (() => undefined)
  const parts = assemble(options, log)
  const { history, clients, settings, engines, engine, library, endpoint } = parts
  const handlers = handlersOf(parts)
  engine.start()
  endpoint.begin()
  return {
    connect(receive) {
      const leave = clients.add(receive)
      return {
        accept: (frame) => {
          dispatch(handlers, frame, log, receive)
          library.greet(receive)
        },
        close: leave,
      }
    },
    engineStatus: () => engine.status,
    openLink: (link) => {
      library.openLink(link)
    },
    newChat: () => {
      clients.announce('chat.new', null)
    },
    endpoint: () => endpoint.settled(),
    onAnswered: (tell) => {
      clients.overhear('chat.ended', ({ message }) => {
        const conversation = history.conversations.get(message.conversationId)
        tell({ conversation, message, notifications: settings.read().notifications })
      })
    },
    wokeUp: () => {
      engines.wokeUp()
    },
    close: async () => {
      await endpoint.close()
      engines.hostCloses()
      clients.clear()
      await library.close()
      await engines.stop()
      history.close()
    },
  }
}

function assemble(options: HostOptions, log: (line: string) => void): Parts {
  const limits = { ...LIMITS, ...options.limits }
  const history = openHistory(options.dataFolder)
  const clients = new Clients()
  const settings: HostSettings = new HostSettings(history.settings, () => engines.main.own)
  const engines: Engines = new Engines({
    spawn: options.spawnEngine,
    limits,
    log,
    cacheFolder: options.cacheFolder,
    modelFolder: options.modelFolder,
    memory: options.library?.memory ?? totalmem(),
    provider: () => settings.read().provider,
    library: () => library,
    onMain: (status) => {
      if (status.phase === 'ready') clients.announce('settings.changed', settings.read())
      clients.announce('engine.status', status)
      endpoint.engineIs(status)
    },
    onOther: (told) => {
      clients.announce('engine.other', told)
    },
    onCounted: (event) => {
      contexts.receive(event)
    },
    onGone: (seat) => {
      contexts.engineGone(seat)
    },
  })
  const { engine, generations } = engines.main
  const requests = new RequestLog(history.requests, log)
  const library: LibraryHost = new LibraryHost({
    options,
    settings,
    clients,
    engine,
    requests,
    expectNoAnswers: () => {
      generations.expectNone()
    },
    release: (id) => engines.release(id),
    log,
  })
  const configured = new ConversationSettingsKeeper({ history, settings, clients })
  const contexts: Contexts = new Contexts({ history, configured, settings, engines })
  const models = new ConversationModels({
    conversations: history.conversations,
    engines,
    library,
    changed: (conversation) => {
      clients.announce('conversation.changed', conversation)
    },
  })
  const writing = { history, clients, settings, configured, models, contexts, library }
  const chat: Chat = new Chat({ ...writing, saveMs: limits.saveMs })
  const comparisons = new Comparisons({ ...writing, engines })
  const endpoint: EndpointKeeper = new EndpointKeeper({
    stored: history.settings,
    ...options.endpoint,
    services: {
      version: options.version,
      status: () => engine.status,
      settings: () => settings.read(),
      generations,
    },
    changed: (state) => {
      clients.announce('endpoint.changed', state)
    },
  })
  const { version } = options
  return {
    history,
    clients,
    settings,
    engines,
    engine,
    generations,
    contexts,
    chat,
    comparisons,
    configured,
    models,
    requests,
    library,
    endpoint,
    version,
  }
}

function handlersOf(parts: Parts): Handlers {
  const { history, clients, settings, engines, engine, contexts, chat } = parts
  const { configured, models, requests, library, endpoint, version } = parts
  const { conversations } = history
  const changed = <T extends ReturnType<typeof conversations.get>>(conversation: T): T => {
    clients.announce('conversation.changed', conversation)
    return conversation
  }
  return {
    'app.state': () => ({
      contract: CONTRACT_VERSION,
      version,
      settings: settings.read(),
      defaults: settings.defaults,
      engine: engine.status,
      others: engines.statuses(),
      answering: chat.underWay(),
      starters: engine.starters,
      notices: history.notices,
    }),
    'conversation.list': ({ search }) => conversations.list(search),
    'conversation.create': ({ settings: own }) => {
      const created = changed(conversations.create(NEW_TITLE))
      if (own) configured.change(created.id, own)
      return created
    },
    'conversation.model': ({ id, modelId }) => changed(models.choose(id, modelId)),
    'conversation.settings': ({ id }) => configured.read(id),
    'conversation.configure': ({ id, settings: own }) => configured.change(id, own),
    ...readingHandlers(history, (messages) => chat.withGrowing(messages)),
    'conversation.rename': ({ id, title }) => changed(conversations.rename(id, title)),
    'conversation.select': ({ id, leafId }) => changed(conversations.select(id, leafId)),
    'message.tokenDetails': (params) => chat.tokenDetails(params),
    'chat.send': (params) => chat.send(params),
    'chat.regenerate': (params) => chat.regenerate(params),
    'chat.continue': (params) => chat.continue(params),
    'chat.reword': (params) => chat.reword(params),
    'chat.stop': ({ messageId }) => {
      chat.stop(messageId)
      return null
    },
    'chat.budget': (params) => {
      chat.changeBudget(params)
      return null
    },
    'chat.endThought': ({ messageId }) => {
      chat.endThought(messageId)
      return null
    },
    ...engineHandlers({ engines, settings, clients }),
    ...contextHandlers(history, contexts, changed),
    ...compareHandlers(parts.comparisons),
    ...libraryHandlers(library),
    ...organisingHandlers({
      history,
      clients,
      abandon: (id) => {
        chat.abandon(id)
      },
    }),
    'endpoint.read': () => endpoint.state,
    'endpoint.change': (patch) => endpoint.change(patch),
    'endpoint.newToken': () => endpoint.newToken(),
    'app.about': () => aboutOf(version),
    'requests.list': () => requests.list(),
    'requests.clear': () => {
      requests.clear()
      return null
    },
  }
}
