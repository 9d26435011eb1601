import { totalmem } from 'node:os'
import { DepthwiseError, fromFailure } from '../../models/common/errors.ts'
import type { ModelInfo } from '../../models/common/values.ts'
import { parseRepository } from '../../models/hub/address.ts'
import { freeBytes } from '../../models/hub/download.ts'
import { catalogue } from '../../models/library/catalogue.ts'
import type { LibraryPlaces, Model } from '../../models/library/library.ts'
import { BUILT_IN, ModelLibrary } from '../../models/library/library.ts'
import { fittingPrecision, neededBytes } from '../../models/library/memory.ts'
import { removePrepared } from '../../models/library/prepared.ts'
import type { Library, LibraryModel, Look, RepositoryRequest } from '../contract/models.ts'
import type { ConversationModel, Message, PrecisionChoice } from '../contract/values.ts'
import type { Clients, Receive } from './clients.ts'
import type { Desktop } from './desktop.ts'
import { Downloads } from './downloads.ts'
import type { Loadable } from './engines.ts'
import type { HubSetup } from './hub-access.ts'
import type { RequestLog } from './requests.ts'
import { HubAccess } from './hub-access.ts'
import type { HostSettings } from './settings.ts'
import type { Supervisor } from './supervisor.ts'

/** Where other programs keep models, and how the Hub is asked, for tests to say. */
export interface LibrarySetup extends HubSetup, Pick<LibraryPlaces, 'hubCache' | 'gguf'> {
  /** Bytes of memory that the machine has. */
  memory?: number
}

export interface LibraryParts {
  options: {
    dataFolder: string
    cacheFolder: string
    builtInModel: string
    version: string
    desktop?: Desktop
    library?: LibrarySetup
  }
  settings: HostSettings
  clients: Clients
  engine: Supervisor
  /** Lets go of a model that is not the app's. @throws DepthwiseError BUSY while it answers */
  release: (id: string) => Promise<void>
  requests: RequestLog
  /** @throws DepthwiseError BUSY while any answer is under way */
  expectNoAnswers: () => void
  log: (line: string) => void
}

/** Tokens of an answer from which a speed can be told. */
const TELLING_TOKENS = 24
/** A change of speed by so much is news. */
const NEWS = 0.1

/** The models of this machine and of the Hub, and which of them answers. */
export class LibraryHost {
  readonly downloads: Downloads
  readonly hub: HubAccess
  private readonly desktop: Desktop | undefined
  private readonly models: ModelLibrary
  private readonly parts: LibraryParts
  private readonly setup: LibrarySetup
  private readonly closing = new AbortController()
  /** A link that no window has seen yet. */
  private link: RepositoryRequest | null = null
  /** The model that answers, as it was described last: every answer asks for it, and describing looks at every model. */
  private kept: { place: string; model: Model } | null = null

  constructor(parts: LibraryParts) {
    const { options, clients } = parts
    this.parts = parts
    this.setup = options.library ?? {}
    this.desktop = options.desktop
    this.hub = new HubAccess(options.desktop?.token ?? null, options.version, this.setup, parts.requests)
    this.models = new ModelLibrary({
      ...this.setup,
      dataFolder: options.dataFolder,
      builtInModel: options.builtInModel,
    })
    this.downloads = new Downloads({
      models: this.models.downloads,
      hub: (repository) => this.hub.client('download', repository),
      onProgress: (download) => {
        clients.announce('models.progress', download)
      },
      onChanged: () => {
        this.changed()
      },
    })
  }

  get currentId(): string {
    return this.current().id
  }

  /** Folder and precision of the model that the engine is to load. */
  toLoad(): { modelFolder: string; precision: PrecisionChoice } {
    this.kept = null
    const model = this.current()
    return { modelFolder: model.folder, precision: this.precisionOf(model) }
  }

  /** As an engine loads it. @throws DepthwiseError MODEL_* */
  loadable(id: string): Loadable {
    const model = this.models.get(id)
    if (model.problem) throw fromFailure(model.problem)
    const { name, folder } = model
    return { name, modelFolder: folder, precision: this.precisionOf(model), bytes: this.bytesOf(model) }
  }

  /** As a conversation names it. @throws DepthwiseError MODEL_* */
  reference(id: string): ConversationModel {
    const { name } = this.models.get(id)
    return { id, name, hash: this.models.memory.hash(id) }
  }

  /** The model of this machine that a conversation of another one means: by its weights, else by its name. */
  resolve({ name, hash }: Pick<ConversationModel, 'name' | 'hash'>): string | null {
    const usable = [...this.models.models(), ...this.models.found()].filter(({ problem }) => problem === null)
    const same = usable.find(({ id }) => hash !== null && this.models.memory.hash(id) === hash)
    return (same ?? usable.find((model) => model.name === name))?.id ?? null
  }

  /** A model has been loaded: its weights are known from now on. */
  loaded(id: string, hash: string): void {
    try {
      this.models.memory.knowHash(id, hash)
    } catch (error) {
      this.parts.log(error instanceof Error ? error.message : String(error))
    }
  }

  /** That the app's model needs while it runs. */
  get currentBytes(): number {
    return this.bytesOf(this.current())
  }

  /** Folders of the Hub's models, and what GGUF files call theirs, are names for a machine's eyes. */
  nameOf({ name }: ModelInfo): string {
    const { origin, name: own } = this.current()
    return origin === 'hub' || origin === 'hub-cache' || origin === 'gguf' ? own : name
  }

  async list(): Promise<Library> {
    this.kept = null
    const models = this.models.models()
    const found = this.models.found()
    const current = this.current()
    if (![...models, ...found].some(({ id }) => id === current.id)) models.push(current)
    return {
      models: models.map((model) => this.shown(model, current)),
      found: found.map((model) => this.shown(model, current)),
      catalogue: catalogue().map(({ memory, ...entry }) => ({
        ...entry,
        memory,
        prepared: memory!.weights,
        modelId: idOf(models, entry.repository),
      })),
      downloads: this.downloads.list(),
      machine: {
        memory: this.setup.memory ?? totalmem(),
        freeDisk: await freeBytes(this.models.downloads),
        folder: this.models.downloads,
      },
      hub: this.hub.address,
      token: this.hub.token,
      canStoreToken: this.desktop?.token != null,
      canPick: this.desktop !== undefined,
      canShow: this.desktop !== undefined,
    }
  }

  /** @throws DepthwiseError MODEL_*, BUSY */
  use(id: string): void {
    const model = this.models.get(id)
    if (model.problem) throw fromFailure(model.problem)
    if (model.folder === this.current().folder && this.parts.engine.status.phase !== 'failed') return
    this.parts.expectNoAnswers()
    this.load(id === BUILT_IN ? null : model.folder)
  }

  /** @throws DepthwiseError MODEL_* */
  add(folder: string): LibraryModel {
    const model = this.models.add(folder)
    this.changed()
    return this.shown(model, this.current())
  }

  /** @throws DepthwiseError HUB_*, BAD_ARGUMENT */
  async look(repository: string, revision: string | undefined): Promise<Look> {
    const look = await this.hub.look(repository, revision, this.closing.signal)
    const id = `hub:${look.repository}@${look.revision}`
    const isThere = this.models.models().some((model) => model.id === id)
    return { ...look, prepared: look.memory?.weights ?? null, modelId: isThere ? id : null }
  }

  /** @throws DepthwiseError BUSY, BAD_ARGUMENT, HUB_REFUSED */
  download(repository: string, revision: string | undefined): ReturnType<Downloads['start']> {
    return this.downloads.start(this.hub.parse(repository, revision))
  }

  /** @throws DepthwiseError BUSY, BAD_ARGUMENT, CACHE_UNWRITABLE */
  async remove(id: string): Promise<void> {
    const model = this.models.get(id)
    const isCurrent = model.folder === this.current().folder
    if (isCurrent) this.parts.expectNoAnswers()
    await this.parts.release(id)
    if (model.removal === 'downloaded') {
      const names = [model.name, model.folder.split(/[\\/]/).at(-1)!]
      await removePrepared(model.folder, this.parts.options.cacheFolder, names)
    }
    this.models.remove(model)
    if (isCurrent) this.load(null)
    else this.changed()
  }

  show(id: string): void {
    if (!this.desktop) throw onlyInApp('Folders can be shown')
    this.desktop.show(this.models.get(id).folder)
  }

  async pick(): Promise<LibraryModel | null> {
    if (!this.desktop) throw onlyInApp('Folders can be chosen in a dialog')
    const place = await this.desktop.pickModel()
    return place === null ? null : this.add(place)
  }

  storeToken(token: string | null): void {
    this.hub.storeToken(token)
    this.changed()
  }

  /** @throws DepthwiseError MODEL_NOT_FOUND, BUSY */
  choosePrecision(id: string, precision: PrecisionChoice | null): void {
    const model = this.models.get(id)
    const before = this.precisionOf(model)
    const isCurrent = model.folder === this.current().folder
    if (isCurrent) this.parts.expectNoAnswers()
    else void this.parts.release(id)
    this.models.memory.choosePrecision(id, precision)
    if (isCurrent && this.precisionOf(model) !== before) this.parts.engine.reload()
    this.changed()
  }

  /** Remembers how fast a model answers here. */
  answered({ generation }: Message, model: ModelInfo | null): void {
    if (!model || !generation?.tokensPerSecond || !generation.modelId) return
    if (generation.depths.length < TELLING_TOKENS) return
    const { memory } = this.models
    const { modelId } = generation
    const before = memory.speed(modelId, model.precision)
    try {
      memory.measured(modelId, model.precision, generation.tokensPerSecond)
    } catch (error) {
      this.parts.log(error instanceof Error ? error.message : String(error))
      return
    }
    const now = memory.speed(modelId, model.precision) ?? 0
    if (before === null || Math.abs(now / before - 1) > NEWS) this.changed()
  }

  /** Shows the page of models for a link; a link that names no repository does nothing. */
  openLink(text: string): void {
    try {
      const { name, revision } = parseRepository(text)
      this.link = { repository: name, revision }
    } catch (error) {
      this.parts.log(`a link was not understood: ${error instanceof Error ? error.message : String(error)}`)
      return
    }
    if (this.parts.clients.count === 0) return
    this.parts.clients.announce('models.open', this.link)
    this.link = null
  }

  /** A window has spoken for the first time: it gets the link that waited for one. */
  greet(receive: Receive): void {
    if (!this.link) return
    receive({ event: 'models.open', data: this.link })
    this.link = null
  }

  async close(): Promise<void> {
    this.closing.abort()
    await this.downloads.close()
  }

  private load(modelFolder: string | null): void {
    this.parts.clients.announce('settings.changed', this.parts.settings.change({ modelFolder }))
    this.parts.engine.reload()
    this.changed()
  }

  private current(): Model {
    const place = this.parts.settings.read().modelFolder ?? this.parts.options.builtInModel
    if (this.kept?.place !== place) this.kept = { place, model: this.models.at(place) }
    return this.kept.model
  }

  private bytesOf(model: Model): number {
    return model.memory ? neededBytes(model.memory, this.precisionOf(model)) : model.bytesOnDisk
  }

  private precisionOf({ id, memory }: Model): PrecisionChoice {
    const chosen = this.models.memory.read().precisions[id]
    if (chosen) return chosen
    const wanted = this.parts.settings.read().precision
    return wanted === 'int4' ? wanted : fittingPrecision(memory, this.setup.memory ?? totalmem())
  }

  private shown(model: Model, current: Model): LibraryModel {
    const precision = this.precisionOf(model)
    const speeds = this.models.memory
    return {
      ...model,
      precision,
      precisionChosen: speeds.read().precisions[model.id] !== undefined,
      tokensPerSecond:
        speeds.speed(model.id, precision) ?? speeds.speed(model.id, 'int8') ?? speeds.speed(model.id, 'fp32'),
      current: model.id === current.id,
    }
  }

  private changed(): void {
    this.kept = null
    if (this.parts.clients.count === 0 || this.closing.signal.aborted) return
    void this.list().then((library) => {
      this.parts.clients.announce('models.changed', library)
    })
  }
}

function onlyInApp(what: string): DepthwiseError {
  return new DepthwiseError('BAD_ARGUMENT', `${what} only in the app itself, not in a browser.`)
}

function idOf(models: readonly Model[], repository: string): string | null {
  return models.find((model) => model.repository === repository)?.id ?? null
}
