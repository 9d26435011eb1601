import type { ProviderChoice } from '../../models/common/values.ts'
import { DepthwiseError } from '../../models/common/errors.ts'
import type { ModelId, OtherEngine } from '../contract/models.ts'
import type { EngineStatus, PrecisionChoice } from '../contract/values.ts'
import type { EngineChannel } from './channel.ts'
import type { Limits } from './limits.ts'
import { Seat } from './seat.ts'
import type { CountedEvent, LoadCommand, SupervisorOptions } from './supervisor.ts'

/** A model of the library, as an engine loads it. */
export interface Loadable {
  name: string
  modelFolder: string
  precision: PrecisionChoice
  /** That it needs while it runs. */
  bytes: number
}

/** What the library of models has to do with engines. */
interface EngineLibrary {
  /** The app's model. */
  readonly currentId: ModelId
  readonly currentBytes: number
  toLoad(): Pick<LoadCommand, 'modelFolder' | 'precision'>
  nameOf: NonNullable<SupervisorOptions['nameOf']>
  /** @throws DepthwiseError MODEL_* */
  loadable(id: ModelId): Loadable
  /** It has been loaded: these are its weights. */
  loaded(id: ModelId, hash: string): void
}

interface EnginesParts {
  spawn: () => EngineChannel
  limits: Limits
  log: (line: string) => void
  cacheFolder: string
  /** The app's model, whatever the library says. */
  modelFolder: string | undefined
  /** Bytes of memory that the machine has. */
  memory: number
  provider: () => ProviderChoice
  library: () => EngineLibrary
  onMain: (status: EngineStatus) => void
  onOther: (told: OtherEngine) => void
  onCounted: (event: CountedEvent) => void
  onGone: (seat: Seat) => void
}

interface Other {
  readonly seat: Seat & { modelId: ModelId }
  readonly bytes: number
  /** Its process has been started. */
  running: boolean
  /** Given to somebody just now, who has not yet begun anything. */
  fresh: boolean
  resting: NodeJS.Timeout | undefined
}

/** Engines at a time, the app's own among them. */
const MOST = 3
/** Of the machine's memory, as much as all of them may take. */
const SHARE = 0.8

/**
 * The engine of the app's model, which always runs, and a few others, each with a model that somebody asked for. One that
 * is not needed is ended as another needs its place or its memory: that which was asked for longest ago.
 */
export class Engines {
  readonly main: Seat
  private readonly parts: EnginesParts
  /** Asked for longest ago first. */
  private readonly others = new Map<ModelId, Other>()
  /** Processes that are going, and hold their memory until then. */
  private readonly ending = new Set<Promise<void>>()
  private closed = false

  constructor(parts: EnginesParts) {
    this.parts = parts
    const { spawn, limits, log, onCounted, onGone } = parts
    this.main = new Seat(null, {
      spawn,
      limits,
      log,
      onCounted,
      load: () => this.load(this.library.toLoad(), parts.modelFolder),
      nameOf: (model) => this.library.nameOf(model),
      onStatus: (status) => {
        parts.onMain(status)
        if (status.phase === 'loading') this.shrink()
        if (status.phase === 'ready') this.endIdle(this.library.currentId)
        if (status.model) this.library.loaded(this.library.currentId, status.model.id)
      },
      onGone: () => {
        onGone(this.main)
      },
      onEnd: () => undefined,
    })
  }

  /**
   * The engine of a model (null: the app's), which is started where it does not run; until it is ready, what is begun in
   * its `generations` waits. Whoever asks begins before he waits for anything: an idle engine may be ended at any time.
   * @throws DepthwiseError MODEL_* where there is no such model, NO_MEMORY where it would not fit beside the app's
   */
  for(modelId: ModelId | null): Seat {
    if (modelId === null || modelId === this.library.currentId) return this.main
    const other = this.others.get(modelId) ?? this.open(modelId)
    this.others.delete(modelId)
    this.others.set(modelId, other)
    other.fresh = true
    setImmediate(() => {
      other.fresh = false
      this.startWaiting()
    })
    this.startWaiting()
    return other.seat
  }

  /** The engine of a model, where it runs or is about to. */
  running(modelId: ModelId | null): Seat | null {
    if (modelId === null || modelId === this.library.currentId) return this.main
    return this.others.get(modelId)?.seat ?? null
  }

  /** How those stand that are not the app's. */
  statuses(): OtherEngine[] {
    return [...this.others.values()].map(({ seat: { modelId, status } }) => ({ modelId, status }))
  }

  /** For what concerns every engine. @throws DepthwiseError BUSY while anything is being generated */
  expectNone(): void {
    for (const { generations } of this.seats()) generations.expectNone()
  }

  /** Lets go of a model that is not the app's, whose files or precision are about to change. @throws DepthwiseError BUSY */
  release(modelId: ModelId): Promise<void> {
    const other = this.others.get(modelId)
    if (!other) return Promise.resolve()
    other.seat.generations.expectNone()
    return this.end(other)
  }

  /** Those that are not the app's begin anew when they are asked for, as the settings are then. */
  endOthers(): void {
    for (const other of this.others.values()) void this.end(other)
  }

  /** A graphics device does not survive the sleep of the machine. */
  wokeUp(): void {
    for (const { engine } of this.seats()) {
      if (engine.status.device?.provider === 'webgpu') engine.restart('the computer had been asleep')
    }
  }

  hostCloses(): void {
    this.closed = true
    for (const { generations } of this.seats()) generations.hostCloses()
  }

  /** Resolves when every process has gone. */
  async stop(): Promise<void> {
    this.closed = true
    this.endOthers()
    await Promise.all([this.main.engine.stop(), ...this.ending])
  }

  private seats(): Seat[] {
    return [this.main, ...[...this.others.values()].map(({ seat }) => seat)]
  }

  private open(modelId: ModelId): Other {
    const model = this.library.loadable(modelId)
    if (this.library.currentBytes + model.bytes > this.most) {
      throw new DepthwiseError(
        'NO_MEMORY',
        `${model.name} does not fit into this machine’s memory beside the app’s model. Use it for all conversations instead, or choose 4 bits for it.`,
        { detail: `${Math.ceil(model.bytes / 2 ** 20)} MB` },
      )
    }
    const { spawn, limits, log, onCounted, onGone } = this.parts
    const seat = new Seat(modelId, {
      spawn,
      limits,
      log,
      onCounted,
      load: () => this.load(model),
      nameOf: () => model.name,
      onStatus: (status) => {
        this.parts.onOther({ modelId, status })
        if (status.model) this.library.loaded(modelId, status.model.id)
        if (status.phase === 'failed') void this.end(other)
      },
      onGone: () => {
        onGone(seat)
      },
      onEnd: () => {
        this.ended(other)
      },
    }) as Other['seat']
    const other: Other = { seat, bytes: model.bytes, running: false, fresh: true, resting: undefined }
    return other
  }

  private get library(): EngineLibrary {
    return this.parts.library()
  }

  private get most(): number {
    return SHARE * this.parts.memory
  }

  private load(
    { modelFolder, precision }: Pick<LoadCommand, 'modelFolder' | 'precision'>,
    forced?: string,
  ): LoadCommand {
    const { cacheFolder, provider } = this.parts
    return { type: 'load', modelFolder: forced ?? modelFolder, precision, cacheFolder, provider: provider() }
  }

  /** Starts those that wait, in order, as far as there is room. */
  private startWaiting(): void {
    for (const other of this.others.values()) {
      if (other.running || this.closed) continue
      if (!this.makeRoom(other) || this.ending.size > 0) return
      other.running = true
      other.seat.engine.start()
    }
  }

  private makeRoom(wanted: Other): boolean {
    while (!this.fits(wanted.bytes, 1)) {
      const victim = this.victim()
      if (!victim) return false
      void this.end(victim)
    }
    return true
  }

  /** The app's model has become another, which may need more. */
  private shrink(): void {
    while (!this.fits(0, 0)) {
      const victim = this.victim()
      if (!victim) return
      void this.end(victim)
    }
  }

  private fits(bytes: number, engines: number): boolean {
    const running = [...this.others.values()].filter((other) => other.running)
    const taken = running.reduce((sum, other) => sum + other.bytes, this.library.currentBytes)
    return running.length + 1 + engines <= MOST && taken + bytes <= this.most
  }

  private victim(): Other | undefined {
    return [...this.others.values()].find(({ running, fresh, seat }) => running && !fresh && seat.idle)
  }

  private endIdle(modelId: ModelId): void {
    const other = this.others.get(modelId)
    if (other?.seat.idle) void this.end(other)
  }

  /** A generation has ended there. */
  private ended(other: Other): void {
    const { modelId, idle } = other.seat
    if (this.others.get(modelId) !== other || !idle) return
    clearTimeout(other.resting)
    if (!other.running || modelId === this.library.currentId) void this.end(other)
    else {
      other.resting = setTimeout(() => {
        this.endIdle(modelId)
      }, this.parts.limits.idleMs)
      other.resting.unref()
    }
    this.startWaiting()
  }

  private async end(other: Other): Promise<void> {
    const { modelId, engine, status } = other.seat
    clearTimeout(other.resting)
    if (this.others.get(modelId) !== other) return
    this.others.delete(modelId)
    if (status.phase !== 'failed') this.parts.onOther({ modelId, status: null })
    this.parts.onGone(other.seat)
    const gone = engine.stop()
    this.ending.add(gone)
    await gone
    this.ending.delete(gone)
    this.startWaiting()
  }
}
