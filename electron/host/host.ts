import { CONTRACT_VERSION } from '../contract/calls.ts'
import type { Endpoint } from '../contract/endpoint.ts'
import type { Conversation, EngineStatus, Message, Settings } from '../contract/values.ts'
import type { History } from '../history/history.ts'
import { openHistory } from '../history/history.ts'
import type { EngineChannel } from './channel.ts'
import { Chat } from './chat.ts'
import type { Receive } from './clients.ts'
import { Clients } from './clients.ts'
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
import { Generations } from './generations.ts'
import { libraryHandlers } from './library-calls.ts'
import type { LibrarySetup } from './library.ts'
import { LibraryHost } from './library.ts'
import type { Limits } from './limits.ts'
import { LIMITS } from './limits.ts'
import { organisingHandlers } from './organising-calls.ts'
import { aboutOf } from './about.ts'
import { RequestLog } from './requests.ts'
import { HostSettings } from './settings.ts'
import { Supervisor } from './supervisor.ts'
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
  engine: Supervisor
  generations: Generations
  contexts: Contexts
  chat: Chat
  comparisons: Comparisons
  configured: ConversationSettingsKeeper
  requests: RequestLog
  library: LibraryHost
  endpoint: EndpointKeeper
  version: string
}

/** Opens the history (its errors: HISTORY_NEWER, HISTORY_CORRUPT, HISTORY_UNWRITABLE, BUSY) and starts the engine. */
export function createHost(options: HostOptions): Host {
  const log = options.log ?? (() => undefined)
  const parts = assemble(options, log)
  const { history, clients, settings, engine, generations, library, endpoint } = parts
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
      if (engine.status.device?.provider === 'webgpu') engine.restart('the computer had been asleep')
    },
    close: async () => {
      await endpoint.close()
      generations.hostCloses()
      clients.clear()
      await library.close()
      await engine.stop()
      history.close()
    },
  }
}

function assemble(options: HostOptions, log: (line: string) => void): Parts {
  const limits = { ...LIMITS, ...options.limits }
  const history = openHistory(options.dataFolder)
  const clients = new Clients()
  const settings: HostSettings = new HostSettings(history.settings, () => engine.own)
  const engine: Supervisor = new Supervisor({
    spawn: options.spawnEngine,
    load: () => {
      const load = library.toLoad()
      const { provider } = settings.read()
      const modelFolder = options.modelFolder ?? load.modelFolder
      return { type: 'load', ...load, modelFolder, cacheFolder: options.cacheFolder, provider }
    },
    nameOf: (model) => library.nameOf(model),
    limits,
    log,
    onStatus: (status) => {
      if (status.phase === 'ready') clients.announce('settings.changed', settings.read())
      clients.announce('engine.status', status)
      if (status.phase === 'ready') generations.engineReady()
      if (status.failure) generations.engineFailed(status.failure)
      endpoint.engineIs(status)
    },
    onGeneration: (event) => {
      generations.receive(event)
    },
    onCounted: (event) => {
      contexts.receive(event)
    },
    onGone: (failure) => {
      contexts.engineGone()
      generations.engineGone(failure)
    },
  })
  const generations = new Generations(engine, limits)
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
    log,
  })
  const configured = new ConversationSettingsKeeper({ history, settings, clients })
  const contexts: Contexts = new Contexts({ history, configured, settings, engine })
  const chatParts = { history, clients, settings, configured, engine, generations, contexts, library }
  const chat: Chat = new Chat({ ...chatParts, saveMs: limits.saveMs })
  const comparisons = new Comparisons(chatParts)
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
    engine,
    generations,
    contexts,
    chat,
    comparisons,
    configured,
    requests,
    library,
    endpoint,
    version,
  }
}

function handlersOf(parts: Parts): Handlers {
  const { history, clients, settings, engine, generations, contexts, chat } = parts
  const { configured, requests, library, endpoint, version } = parts
  const { conversations } = history
  const changed = <T extends ReturnType<typeof conversations.get>>(conversation: T): T => {
    clients.announce('conversation.changed', conversation)
    return conversation
  }
  const change = (patch: Parameters<HostSettings['change']>[0], reload: boolean) => {
    if (reload) generations.expectNone()
    const after = settings.change(patch)
    clients.announce('settings.changed', after)
    if (reload) engine.reload()
    return after
  }
  return {
    'app.state': () => ({
      contract: CONTRACT_VERSION,
      version,
      settings: settings.read(),
      defaults: settings.defaults,
      engine: engine.status,
      answering: chat.underWay(),
      starters: engine.starters,
      notices: history.notices,
    }),
    'settings.change': (patch) => {
      const before = settings.read()
      const differs = (key: 'provider' | 'precision' | 'modelFolder') =>
        patch[key] !== undefined && patch[key] !== before[key]
      return change(patch, differs('provider') || differs('precision') || differs('modelFolder'))
    },
    'conversation.list': ({ search }) => conversations.list(search),
    'conversation.create': ({ settings: own }) => {
      const created = changed(conversations.create(NEW_TITLE))
      if (own) configured.change(created.id, own)
      return created
    },
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
    'engine.provider': ({ provider }) => {
      change({ provider }, true)
      return null
    },
    'engine.cancelLoad': () => {
      engine.cancelLoad()
      return null
    },
    'engine.restart': () => {
      generations.expectNone()
      engine.restart('it was restarted by hand')
      return null
    },
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
