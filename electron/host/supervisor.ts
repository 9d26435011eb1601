import * as v from 'valibot'
import type { Command, EngineEvent } from '../contract/engine.ts'
import { ENGINE_PROTOCOL, EngineEventSchema } from '../contract/engine.ts'
import type { Failure } from '../../models/common/errors.ts'
import { toFailure } from '../../models/common/errors.ts'
import type { ModelInfo } from '../../models/common/values.ts'
import type { EngineStatus } from '../contract/values.ts'
import type { EngineChannel } from './channel.ts'
import { Crashes } from './crashes.ts'
import type { Limits } from './limits.ts'
import type { OwnSettings } from './settings.ts'
import { Watchdog } from './watchdog.ts'

export type LoadCommand = Extract<Command, { type: 'load' }>
export type GenerationEvent = Extract<EngineEvent, { id: number }>
export type CountedEvent = Extract<EngineEvent, { type: 'counted' }>
export type TuningEvent = Extract<EngineEvent, { type: 'tuning' | 'tuned' }>

export interface SupervisorOptions {
  spawn: () => EngineChannel
  load: () => LoadCommand
  limits: Limits
  log: (line: string) => void
  /** What to call a loaded model; default: as it calls itself. */
  nameOf?: (model: ModelInfo) => string
  onStatus: (status: EngineStatus) => void
  onGeneration: (event: GenerationEvent) => void
  onCounted?: (event: CountedEvent) => void
  onTuning?: (event: TuningEvent) => void
  /** The process went away, and with it whatever it was doing. Comes before the status that follows from it. */
  onGone: (failure: Failure) => void
}

const STARTING = { phase: 'starting', progress: null, model: null, device: null, failure: null } as const

/** Keeps one engine process running, with the model of the settings in it. */
export class Supervisor {
  status: EngineStatus = { ...STARTING, restarts: 0 }
  /** From the model that was loaded last. */
  starters: string[] = []
  own: OwnSettings | null = null
  private readonly options: SupervisorOptions
  private readonly crashes: Crashes
  private readonly watchdog: Watchdog
  private channel: EngineChannel | null = null
  private greeted = false
  private killedBecause: string | null = null
  private restarting: NodeJS.Timeout | undefined
  /** Set while the app ends: then an exit is what was wanted. */
  private exited: (() => void) | null = null

  constructor(options: SupervisorOptions) {
    this.options = options
    this.crashes = new Crashes(options.limits)
    this.watchdog = new Watchdog(
      options.limits,
      () => this.greeted && this.channel?.send({ type: 'ping', nonce: Date.now() }),
      (silentMs) => {
        const { model, device } = this.status
        if (this.status.phase !== 'ready') return
        this.set({ ...STARTING, phase: 'ready', model, device, ...(silentMs !== null && { silentMs }) })
      },
      (silentMs) => {
        this.kill(`no sign of life for ${Math.round(silentMs / 1000)} seconds`)
      },
    )
  }

  start(): void {
    this.set({ ...STARTING })
    this.greeted = false
    this.killedBecause = null
    try {
      const channel = this.options.spawn()
      this.channel = channel
      channel.onExit((cause) => {
        if (channel === this.channel) this.ended(cause)
      })
      channel.onMessage((message) => {
        if (channel === this.channel) this.receive(message)
      })
      this.watchdog.heard(false)
      this.watchdog.watch()
    } catch (error) {
      this.ended(toFailure(error).message)
    }
  }

  send(command: Command): void {
    this.channel?.send(command)
  }

  /** Loads the model of the settings again; a load under way is given up with its process. */
  reload(): void {
    if (this.status.phase === 'ready' || (this.status.phase === 'failed' && this.greeted && this.channel)) this.load()
    else this.restart('the settings changed')
  }

  /** Gives up a load under way; an engine that does not hear of it, as it is busy loading, is given up itself. */
  cancelLoad(): void {
    const { channel } = this
    if (!channel || !isLoading(this.status)) return
    channel.send({ type: 'cancelLoad' })
    const timer = setTimeout(() => {
      if (channel !== this.channel || !isLoading(this.status)) return
      this.abandon()
      this.fail({ code: 'LOAD_CANCELLED', message: 'Loading was cancelled. No model is loaded.' })
    }, this.options.limits.stopMs)
    timer.unref()
  }

  /** A new process at once, with earlier crashes forgotten. */
  restart(because: string): void {
    this.crashes.forget()
    clearTimeout(this.restarting)
    const old = this.channel
    this.abandon()
    if (old) this.options.onGone(stopped(because))
    this.startAgain()
  }

  /** The process is restarted as after a crash. */
  kill(because: string): void {
    this.killedBecause ??= because
    this.channel?.kill()
  }

  /** Resolves when the process has gone; it is not started again. */
  async stop(): Promise<void> {
    clearTimeout(this.restarting)
    this.watchdog.rest()
    const channel = this.channel
    if (!channel) return
    const gone = new Promise<void>((resolve) => {
      this.exited = resolve
    })
    const timer = setTimeout(() => {
      channel.kill()
    }, this.options.limits.shutdownMs)
    channel.send({ type: 'shutdown' })
    await gone
    clearTimeout(timer)
  }

  private receive(message: unknown): void {
    if (isHello(message)) {
      this.greet(message.protocol)
      return
    }
    const parsed = v.safeParse(EngineEventSchema, message)
    if (!parsed.success) {
      this.options.log(`engine said something unknown: ${JSON.stringify(parsed.issues[0])}`)
      this.kill('it said something that this version does not understand')
      return
    }
    this.handle(parsed.output)
    this.watchdog.heard(isLoading(this.status))
  }

  private greet(protocol: unknown): void {
    if (protocol === ENGINE_PROTOCOL) {
      this.greeted = true
      this.load()
      return
    }
    this.abandon()
    this.fail({
      code: 'ENGINE_PROTOCOL',
      message: 'The engine belongs to another version of Depthwise. Install Depthwise again, or build it again.',
      detail: `engine ${String(protocol)}, app ${ENGINE_PROTOCOL}`,
    })
  }

  private handle(event: EngineEvent): void {
    switch (event.type) {
      case 'hello':
      case 'pong':
        return
      case 'progress':
        this.set({ ...STARTING, phase: event.phase, progress: event.fraction })
        return
      case 'loaded':
        this.starters = event.starters
        this.own = ownSettings(event)
        this.set({ ...STARTING, phase: 'ready', model: this.named(event.model), device: event.device })
        return
      case 'loadFailed':
        this.fail(event.failure)
        return
      case 'counted':
        this.options.onCounted?.(event)
        return
      case 'tuning':
      case 'tuned':
        this.options.onTuning?.(event)
        return
      default:
        this.options.onGeneration(event)
    }
  }

  private named(model: ModelInfo): ModelInfo {
    return { ...model, name: this.options.nameOf?.(model) ?? model.name }
  }

  private load(): void {
    this.set({ ...STARTING, phase: 'loading' })
    this.watchdog.heard(true)
    this.send(this.options.load())
  }

  private ended(cause: string): void {
    const because = this.killedBecause ?? cause
    this.channel = null
    this.watchdog.rest()
    if (this.exited) {
      this.exited()
      return
    }
    this.options.log(`engine ended: ${because}`)
    this.options.onGone(stopped(because))
    const wait = this.crashes.next()
    if (wait === null) {
      this.fail({
        code: 'ENGINE_STOPPED',
        message: `The engine stopped ${this.options.limits.crashes} times in a few minutes (${because}). Restart it, choose the CPU in the settings, or choose another model.`,
      })
      return
    }
    this.set({ ...STARTING })
    this.restarting = setTimeout(() => {
      this.startAgain()
    }, wait)
  }

  private startAgain(): void {
    this.status = { ...this.status, restarts: this.status.restarts + 1 }
    this.start()
  }

  /** Lets go of the process, which no longer counts, whatever it still says. */
  private abandon(): void {
    const old = this.channel
    this.channel = null
    this.watchdog.rest()
    old?.kill()
  }

  private fail(failure: Failure): void {
    this.set({ ...STARTING, phase: 'failed', failure })
  }

  private set(status: Omit<EngineStatus, 'restarts'>): void {
    this.status = { ...status, restarts: this.status.restarts }
    this.options.onStatus(this.status)
  }
}

function ownSettings({ sampling, model }: Extract<EngineEvent, { type: 'loaded' }>): OwnSettings {
  const { effect } = model.budget
  return effect ? { sampling, budget: effect.first } : { sampling }
}

function isLoading({ phase }: EngineStatus): boolean {
  return phase === 'loading' || phase === 'preparing'
}

/** Read loosely: another version may say more in its greeting. */
function isHello(message: unknown): message is { protocol: unknown } {
  return typeof message === 'object' && message !== null && 'type' in message && message.type === 'hello'
}

function stopped(because: string): Failure {
  return {
    code: 'ENGINE_STOPPED',
    message: `The engine went away before this answer was complete (${because}). What it had written was kept.`,
  }
}
