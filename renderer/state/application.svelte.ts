import type { ModelInfo, ProviderChoice } from '../../models/common/values.ts'
import type { EngineStatus, Settings } from '../../electron/contract/values.ts'
import { speak, told } from '../language/language.svelte.ts'
import type { Client } from '../connection/client.ts'
import type { Notices } from './notices.svelte.ts'
import type { OwnModel } from './own-model.svelte.ts'
import type { Running } from './running.svelte.ts'

const STARTING: EngineStatus = {
  phase: 'starting',
  progress: null,
  model: null,
  device: null,
  failure: null,
  restarts: 0,
}

/** What is not about one conversation: engine, settings, starters. */
export class Application {
  private readonly client: Client
  private readonly notices: Notices
  private readonly running: Running
  /** Of the conversation on view. */
  own: Pick<OwnModel, 'apart' | 'described' | 'engine' | 'model' | 'know'> | null = null
  private noted: readonly string[] = []
  private status = $state.raw(STARTING)
  /** Loaded, or last loaded: what is offered stays as it is while the engine starts again. */
  private known = $state.raw<ModelInfo | null>(null)
  /** null until the host has told them. */
  settings = $state.raw<Settings | null>(null)
  /** The settings if none had been changed. */
  defaults = $state.raw<Settings | null>(null)
  starters = $state.raw<readonly string[]>([])
  version = $state('')

  constructor(client: Client, notices: Notices, running: Running) {
    this.client = client
    this.notices = notices
    this.running = running
    client.on('engine.status', (status) => {
      const becameReady = status.phase === 'ready' && this.engine.phase !== 'ready'
      this.engine = status
      if (becameReady) void this.refresh()
    })
    client.on('settings.changed', (settings) => (this.settings = settings))
  }

  get engine(): EngineStatus {
    return this.status
  }

  set engine(status: EngineStatus) {
    this.status = status
    if (status.model) this.known = status.model
  }

  /** The one that answers in the conversation on view; one that is not the app's, and does not run, is `starting`. */
  get onView(): EngineStatus {
    return this.own?.apart ? (this.own.engine ?? STARTING) : this.status
  }

  /** Of the model that answers there, as it was loaded last. */
  private get shown(): ModelInfo | null {
    return this.own?.apart ? this.own.model : this.known
  }

  /** Tokens that the model reads and writes in one conversation; 0 until one was loaded. */
  get contextLength(): number {
    return this.shown?.contextLength ?? this.own?.described?.contextLength ?? 0
  }

  /** Whether there are depths to speak of: not where every token of the model takes the same. */
  get deep(): boolean {
    const { shown } = this
    if (shown === null) return this.own?.described?.adjustable ?? true
    return shown.minDepth < shown.maxDepth
  }

  /** Whether the budget decides about them. */
  get adjustable(): boolean {
    return this.deep && (this.shown?.budget.adjustable ?? true)
  }

  /** How it can think before it answers; null where it cannot, as far as its template tells. */
  get thinking(): ModelInfo['thinking'] | null {
    const thinking = this.shown?.thinking
    return thinking && thinking.kind !== 'none' ? thinking : null
  }

  async refresh(): Promise<void> {
    await this.notices.during(
      this.client.call('app.state', {}).then((state) => {
        this.engine = state.engine
        this.own?.know(state.others)
        this.settings = state.settings
        this.defaults = state.defaults
        this.starters = state.starters
        this.running.know(state.answering)
        this.version = state.version
        speak(state.settings.language)
        for (const notice of state.notices) if (!this.noted.includes(notice)) this.notices.note(told(notice))
        this.noted = state.notices
      }),
    )
  }

  async change(part: Partial<Settings>): Promise<boolean> {
    return this.notices.during(this.client.call('settings.change', part).then((settings) => (this.settings = settings)))
  }

  async useProvider(provider: ProviderChoice): Promise<void> {
    await this.notices.during(this.client.call('engine.provider', { provider }))
  }

  async restartEngine(): Promise<void> {
    await this.notices.during(this.client.call('engine.restart', {}))
  }

  async cancelLoad(): Promise<void> {
    await this.notices.during(this.client.call('engine.cancelLoad', {}))
  }
}
