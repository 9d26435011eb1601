import type { CallName, EventData, EventName } from '../../../electron/contract/calls.ts'
import type { Download, Library, LibraryModel, OtherEngine } from '../../../electron/contract/models.ts'
import type { ConversationModel, EngineStatus, PrecisionChoice } from '../../../electron/contract/values.ts'
import { DepthwiseError } from '../../../models/common/errors.ts'
import { addedModel, download, LIBRARY, LOOK } from './models.ts'

type Emit = <N extends EventName>(event: N, data: EventData<N>) => void

interface Params {
  id: number | string
  folder: string
  repository: string
  token: string | null
  precision: PrecisionChoice | null
}

const STEP_MS = 40

/** A library that keeps the contract; downloads of a second, and a Hub that knows one repository. */
export class FakeLibrary {
  private readonly emit: Emit
  private readonly useModel: (model: LibraryModel) => void
  private nextId = 10
  library: Library

  constructor(emit: Emit, useModel: (model: LibraryModel) => void, library: Library = LIBRARY) {
    this.emit = emit
    this.useModel = useModel
    this.library = library
  }

  named(id: string | null | undefined): ConversationModel | undefined {
    const model = this.library.models.find((each) => each.id === id)
    return model && { id: model.id, name: model.name, hash: null }
  }

  /** It has been loaded beside the app's. */
  running(modelId: string, app: EngineStatus): OtherEngine {
    const { name } = this.named(modelId)!
    return { modelId, status: { ...app, model: app.model && { ...app.model, name } } }
  }

  run(call: CallName, params: Params): unknown {
    const id = params.id as number
    switch (call) {
      case 'models.list':
        return this.library
      case 'models.use':
        return this.use(String(params.id))
      case 'models.add':
        return this.add(params.folder)
      case 'models.pick':
        return null
      case 'models.look':
        return this.look(params.repository)
      case 'models.download':
        return this.begin(params.repository)
      case 'models.pause':
        return this.becomes({ ...this.download(id), phase: 'paused', bytesPerSecond: null, secondsLeft: null })
      case 'models.resume':
        void this.write({ ...this.download(id), phase: 'downloading', failure: null })
        return null
      case 'models.cancel':
        return this.change({ downloads: this.library.downloads.filter((one) => one.id !== id) })
      case 'models.delete':
        return this.change({ models: this.library.models.filter((model) => model.id !== params.id) })
      case 'models.show':
        return null
      case 'models.token':
        return this.change({ token: params.token === null ? 'none' : 'stored' })
      case 'models.precision':
        return this.choosePrecision(String(params.id), params.precision)
      default:
        throw new DepthwiseError('UNKNOWN_CALL', `The fake host does not know ${call}.`)
    }
  }

  private change(part: Partial<Library>): null {
    this.library = { ...this.library, ...part }
    this.emit('models.changed', this.library)
    return null
  }

  private use(id: string): null {
    const { models, found } = this.library
    const model = [...models, ...found].find((one) => one.id === id)
    if (!model) throw new DepthwiseError('MODEL_NOT_FOUND', 'This model is not on this machine any more.')
    const only = (one: LibraryModel): LibraryModel => ({ ...one, current: one.id === id })
    this.change({ models: models.map(only), found: found.map(only) })
    this.useModel(model)
    return null
  }

  private add(folder: string): LibraryModel {
    if (!folder.startsWith('/')) {
      throw new DepthwiseError('MODEL_NOT_FOUND', 'There is no such folder.', { detail: folder })
    }
    const model = addedModel(folder)
    this.change({ models: [...this.library.models, model] })
    return model
  }

  private look(repository: string): unknown {
    if (repository.includes('Llama'))
      throw new DepthwiseError('HUB_GATED', 'Its makers give it only to accounts that have accepted their terms.')
    if (!repository.includes('Ouro')) {
      throw new DepthwiseError('HUB_NOT_FOUND', 'The Hub has no such repository, or does not show it to you.')
    }
    return LOOK
  }

  private begin(repository: string): Download {
    const begun = download({ id: this.nextId++, phase: 'downloading', repository })
    this.change({ downloads: [...this.library.downloads, begun] })
    void this.write(begun)
    return begun
  }

  private download(id: number): Download {
    const found = this.library.downloads.find((one) => one.id === id)
    if (!found) throw new DepthwiseError('NOT_FOUND', 'This download is not there any more.')
    return found
  }

  private async write(begun: Download): Promise<void> {
    const total = begun.total ?? LOOK.bytes
    this.becomes({ ...begun, total })
    for (;;) {
      await new Promise((resolve) => setTimeout(resolve, STEP_MS))
      const now = this.library.downloads.find(({ id }) => id === begun.id)
      if (now?.phase !== 'downloading') return
      const bytes = Math.min(total, now.bytes + total / 20)
      if (bytes >= total) break
      this.becomes({ ...now, bytes: Math.round(bytes), bytesPerSecond: 8e6, secondsLeft: (total - bytes) / 8e6 })
    }
    const model = {
      ...addedModel(`/downloads/${begun.repository}`),
      origin: 'hub' as const,
      removal: 'downloaded' as const,
    }
    this.becomes({ ...begun, phase: 'done', bytes: total, total, modelId: model.id })
    this.change({
      downloads: this.library.downloads.filter(({ id }) => id !== begun.id),
      models: [...this.library.models, model],
    })
  }

  private becomes(changed: Download): null {
    const { downloads } = this.library
    this.library = { ...this.library, downloads: downloads.map((one) => (one.id === changed.id ? changed : one)) }
    this.emit('models.progress', changed)
    return null
  }

  private choosePrecision(id: string, precision: PrecisionChoice | null): null {
    const chosen = (model: LibraryModel): LibraryModel =>
      model.id === id ? { ...model, precision: precision ?? 'int8', precisionChosen: precision !== null } : model
    return this.change({ models: this.library.models.map(chosen), found: this.library.found.map(chosen) })
  }
}
