import { totalmem } from 'node:os'
import { CONTRACT_VERSION } from '../contract/calls.ts'
import type { History } from '../history/history.ts'
import { openHistory } from '../history/history.ts'
import type { EngineChannel } from './channel.ts'
import { chatHandlers } from './chat-calls.ts'
import { Chat } from './chat.ts'
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
import type { Host } from './interface.ts'
import type { Limits } from './limits.ts'
import { LIMITS } from './limits.ts'
import { organisingHandlers } from './organising-calls.ts'
import { aboutOf } from './about.ts'
import { paceHandlers, Pacing } from './pacing.ts'
import type { PowerSource } from './power.ts'
import { powerOfLinux } from './power.ts'
import { requestHandlers, RequestLog } from './requests.ts'
import { HostSettings } from './settings.ts'
import type { Supervisor } from './supervisor.ts'
import { readingHandlers } from './reading.ts'
import { NEW_TITLE } from './title.ts'
import { TuningHost, tuningHandlers } from './tuning.ts'

export type { Host, HostLink } from './interface.ts'

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
  /** Whether the machine runs on its battery; default: as Linux tells, elsewhere unknown. */
  power?: PowerSource
  /** Where other programs keep models, and how the Hub is asked; default: as this machine is set up. */
  library?: LibrarySetup
  limits?: Partial<Limits>
  /** The way to be asked by other programs; without it there is none. */
  endpoint?: { open: EndpointOpener; forced?: ForcedEndpoint }
  log?: (line: string) => void
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
  pacing: Pacing
  requests: RequestLog
  library: LibraryHost
  endpoint: EndpointKeeper
  tuning: TuningHost
  version: string
}

/** Opens the history (its errors: HISTORY_NEWER, HISTORY_CORRUPT, HISTORY_UNWRITABLE, BUSY) and starts the engine. */
export function createHost(options: HostOptions): Host {
  const log = options.log ?? (() => undefined)
  const parts = assemble(options, log)
  const { history, clients, settings, engines, engine, library, endpoint, pacing } = parts
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
    onLanguage: (tell) => {
      let { language: told } = settings.read()
      tell(told)
      clients.overhear('settings.changed', ({ language }) => {
        // each move of the slider is a change too
        if (language !== told) tell((told = language))
      })
    },
    wokeUp: () => {
      engines.wokeUp()
    },
    close: async () => {
      pacing.close()
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
      if (status.phase === 'ready') tuning.engineReady()
      endpoint.engineIs(status)
    },
    onOther: (told) => {
      clients.announce('engine.other', told)
    },
    onCounted: (event) => {
      contexts.receive(event)
    },
    onTuning: (event) => {
      tuning.receive(event)
    },
    onGone: (seat) => {
      contexts.engineGone(seat)
      if (seat === engines.main) tuning.engineGone()
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
    onRemoved: (modelId) => {
      tuning.forget(modelId)
    },
    log,
  })
  const tuning: TuningHost = new TuningHost({
    curves: history.curves,
    clients,
    engine,
    modelId: () => library.currentId,
  })
  const configured = new ConversationSettingsKeeper({ history, settings, clients })
  const contexts: Contexts = new Contexts({ history, configured, settings, engines })
  const models = new ConversationModels({ conversations: history.conversations, engines, library, clients })
  const pacing = new Pacing({
    settings,
    clients,
    power: options.power ?? powerOfLinux(),
    changed: (pace) => {
      chat.changePace(pace)
    },
  })
  const writing = { history, clients, settings, configured, models, contexts, library }
  const chat: Chat = new Chat({ ...writing, pace: () => pacing.pace, saveMs: limits.saveMs })
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
    pacing,
    requests,
    library,
    endpoint,
    tuning,
    version,
  }
}

function handlersOf(parts: Parts): Handlers {
  const { history, clients, settings, engines, engine, contexts, chat } = parts
  const { configured, models, pacing, requests, library, endpoint, version } = parts
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
    ...chatHandlers(chat),
    ...engineHandlers({ engines, settings, clients, pacing }),
    ...paceHandlers(pacing),
    ...contextHandlers(history, contexts, changed),
    ...compareHandlers(parts.comparisons),
    ...libraryHandlers(library),
    ...tuningHandlers(parts.tuning),
    ...organisingHandlers({
      history,
      clients,
      models,
      abandon: (id) => {
        chat.abandon(id)
      },
    }),
    'endpoint.read': () => endpoint.state,
    'endpoint.change': (patch) => endpoint.change(patch),
    'endpoint.newToken': () => endpoint.newToken(),
    'app.about': () => aboutOf(version),
    ...requestHandlers(requests),
  }
}
