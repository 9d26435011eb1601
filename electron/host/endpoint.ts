import { randomBytes } from 'node:crypto'
import * as v from 'valibot'
import { DepthwiseError, toFailure } from '../../models/common/errors.ts'
import type { Failure } from '../../models/common/errors.ts'
import type { CallParams } from '../contract/calls.ts'
import type { Endpoint } from '../contract/endpoint.ts'
import { DEFAULT_ORIGINS, DEFAULT_PORT, OriginsSchema, PortSchema } from '../contract/endpoint.ts'
import type { EngineStatus, Settings } from '../contract/values.ts'
import type { StoredSettings } from '../history/settings.ts'
import type { Generations } from './generations.ts'

/** What the endpoint reaches of the host. */
export interface EndpointServices {
  version: string
  status(): EngineStatus
  settings(): Settings
  generations: Generations
  /** Resolves as soon as a model is loaded, or none can be. */
  engineSettled(): Promise<void>
  /** Who may ask, as of now; `origins` with the default ones. */
  admitted(): { token: string; origins: readonly string[] }
  /** To be told whenever the number of answers under way changes. */
  answering(count: number): void
}

export interface OpenedEndpoint {
  port: number
  /** Every HOST:PORT that is listened to. */
  listening: string[]
  /** Breaks off every answer under way. */
  close(): Promise<void>
}

/** Begins to listen; port 0 is any that is free. @throws DepthwiseError BUSY where the port is taken */
export type EndpointOpener = (services: EndpointServices, port: number) => Promise<OpenedEndpoint>

/** An endpoint that is on whatever the settings say, and with what of it; nothing of this is kept. */
export interface ForcedEndpoint {
  port?: number | undefined
  token?: string | undefined
}

interface KeeperOptions {
  stored: StoredSettings
  open?: EndpointOpener
  forced?: ForcedEndpoint
  services: Pick<EndpointServices, 'version' | 'status' | 'settings' | 'generations'>
  changed: (state: Endpoint) => void
}

/** 24 random bytes, with something that tells where a token found in a file belongs. */
const drawToken = (): string => `dw-${randomBytes(24).toString('base64url')}`

/** Opens and closes the endpoint as a person's settings say. */
export class EndpointKeeper {
  private readonly options: KeeperOptions
  private readonly services: EndpointServices
  private opened: OpenedEndpoint | null = null
  private failure: Failure | null = null
  private answering = 0
  private isClosed = false
  private waiting: (() => void)[] = []
  /** Settles when what was asked for so far has been done. */
  private work: Promise<void> = Promise.resolve()

  constructor(options: KeeperOptions) {
    this.options = options
    this.services = {
      ...options.services,
      engineSettled: () => this.engineSettled(),
      admitted: () => ({
        token: this.token,
        origins: [...DEFAULT_ORIGINS, ...this.kept('origins', OriginsSchema, [])],
      }),
      answering: (count) => {
        this.answering = count
        this.tell()
      },
    }
  }

  get state(): Endpoint {
    const { opened, failure, answering } = this
    return {
      on: this.isOn,
      port: opened?.port ?? (this.port || DEFAULT_PORT),
      token: this.token,
      origins: this.kept('origins', OriginsSchema, []),
      address: opened && `http://127.0.0.1:${opened.port}/v1`,
      listening: opened?.listening ?? [],
      failure,
      answering,
    }
  }

  begin(): void {
    if (this.isOn) this.reopen()
  }

  change(patch: CallParams<'endpoint.change'>): Endpoint {
    const before = { on: this.isOn, port: this.port }
    const changes = Object.entries(patch).filter(([, value]) => value !== undefined)
    this.options.stored.write(new Map(changes.map(([key, value]) => [`endpoint.${key}`, value])))
    const after = { on: this.isOn, port: this.port }
    if (before.on !== after.on || before.port !== after.port || (after.on && this.failure)) this.reopen()
    this.tell()
    return this.state
  }

  newToken(): Endpoint {
    this.options.stored.write(new Map([['endpoint.token', drawToken()]]))
    this.tell()
    return this.state
  }

  /** What has become of what was asked for so far. */
  async settled(): Promise<Endpoint> {
    await this.work
    return this.state
  }

  engineIs({ phase }: EngineStatus): void {
    if (phase !== 'ready' && phase !== 'failed') return
    for (const resolve of this.waiting.splice(0)) resolve()
  }

  async close(): Promise<void> {
    this.isClosed = true
    await this.work
    await this.opened?.close()
    this.opened = null
    for (const resolve of this.waiting.splice(0)) resolve()
  }

  private get isOn(): boolean {
    return this.options.forced !== undefined || this.kept('on', v.boolean(), false)
  }

  private get port(): number {
    return this.options.forced?.port ?? this.kept('port', PortSchema, DEFAULT_PORT)
  }

  /** Drawn when it is first asked for. */
  private get token(): string {
    const token = this.options.forced?.token ?? this.kept('token', v.string(), '')
    if (token !== '') return token
    const drawn = drawToken()
    this.options.stored.write(new Map([['endpoint.token', drawn]]))
    return drawn
  }

  private reopen(): void {
    this.work = this.work.then(async () => {
      await this.opened?.close()
      this.opened = null
      this.failure = null
      if (this.isOn && !this.isClosed) await this.open()
      this.tell()
    })
  }

  private async open(): Promise<void> {
    const { open } = this.options
    try {
      if (!open) throw new DepthwiseError('INTERNAL', 'This Depthwise has no endpoint.')
      this.opened = await open(this.services, this.port)
    } catch (error) {
      this.failure = toFailure(error)
    }
  }

  private engineSettled(): Promise<void> {
    const { phase } = this.options.services.status()
    if (phase === 'ready' || phase === 'failed') return Promise.resolve()
    return new Promise((resolve) => this.waiting.push(resolve))
  }

  private tell(): void {
    if (!this.isClosed) this.options.changed(this.state)
  }

  private kept<T>(key: string, schema: v.GenericSchema<T>, otherwise: T): T {
    const parsed = v.safeParse(schema, this.options.stored.read().get(`endpoint.${key}`))
    return parsed.success ? parsed.output : otherwise
  }
}
