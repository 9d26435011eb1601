import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import * as v from 'valibot'
import { expect, onTestFinished, vi } from 'vitest'
import type { CallName, CallParams, CallResult, EventData, EventName } from '../../electron/contract/calls.ts'
import { CALLS, EVENTS } from '../../electron/contract/calls.ts'
import type { Summary } from '../../models/common/values.ts'
import type { Command, EngineEvent } from '../../electron/contract/engine.ts'
import { CommandSchema, ENGINE_PROTOCOL } from '../../electron/contract/engine.ts'
import { fromFailure } from '../../models/common/errors.ts'
import type { Message } from '../../electron/contract/values.ts'
import type { HostFrame } from '../../electron/contract/frames.ts'
import { NotificationSchema, ReplySchema } from '../../electron/contract/frames.ts'
import type { Token } from '../../models/common/values.ts'
import type { EngineChannel } from '../../electron/host/channel.ts'
import type { Host, HostLink, HostOptions } from '../../electron/host/host.ts'
import { createHost } from '../../electron/host/host.ts'
import { LOADED, READINGS } from './samples.ts'

export function summary(changes: Partial<Summary> = {}): Summary {
  return {
    finishReason: 'end',
    promptTokens: 5,
    tokens: 2,
    meanDepth: 2,
    budgetRealised: 51,
    tokensPerSecond: 30,
    ttftMs: 12,
    ...changes,
  }
}

export const tokens = (...texts: string[]): Token[] => texts.map((text) => ({ text, depth: 2, budget: 50 }))

/** An engine that says what the test tells it to. */
export class ScriptedEngine implements EngineChannel {
  readonly sent: Command[] = []
  isKilled = false
  private receive: (message: unknown) => void = () => undefined
  private ended: (cause: string) => void = () => undefined

  send(command: Command): void {
    this.sent.push(v.parse(CommandSchema, command))
    if (command.type === 'shutdown') this.exit('exit code 0')
  }

  onMessage(receive: (message: unknown) => void): void {
    this.receive = receive
  }

  onExit(ended: (cause: string) => void): void {
    this.ended = ended
  }

  kill(): void {
    this.isKilled = true
    queueMicrotask(() => {
      this.exit('signal SIGKILL')
    })
  }

  say(event: EngineEvent): void {
    this.receive(event)
  }

  sayAnything(message: unknown): void {
    this.receive(message)
  }

  exit(cause: string): void {
    const ended = this.ended
    this.ended = () => undefined
    ended(cause)
  }

  greet(protocol = ENGINE_PROTOCOL): void {
    this.say({ type: 'hello', protocol })
  }

  load(): void {
    this.greet()
    this.say(LOADED)
  }

  /** The latest command of a kind. */
  last<T extends Command['type']>(type: T): Extract<Command, { type: T }> | undefined {
    return this.sent.findLast((command): command is Extract<Command, { type: T }> => command.type === type)
  }

  speak(first: number, ...texts: string[]): void {
    this.say({ type: 'tokens', id: this.last('generate')!.id, first, tokens: tokens(...texts), readings: READINGS })
  }

  finish(changes: Partial<Summary> = {}): void {
    this.say({ type: 'finished', id: this.last('generate')!.id, summary: summary(changes) })
  }
}

/** One of several generations that an engine was asked for: the one that answers `question`. */
export function answering(engine: ScriptedEngine, question: string) {
  const { id } = engine.sent.findLast(
    (command) => command.type === 'generate' && command.turns.at(-1)?.content === question,
  ) as Extract<Command, { type: 'generate' }>
  return {
    id,
    begin: () => {
      engine.say({ type: 'prefill', id, done: 0, total: 5 })
    },
    speak: (first: number, ...texts: string[]) => {
      engine.say({ type: 'tokens', id, first, tokens: tokens(...texts), readings: READINGS })
    },
    finish: (changes: Partial<Summary> = {}) => {
      engine.say({ type: 'finished', id, summary: summary(changes) })
    },
  }
}

/** A window, which holds every frame against the contract. */
export class TestClient {
  readonly events: { event: EventName; data: unknown }[] = []
  readonly replies = new Map<number | null, HostFrame>()
  private readonly link: HostLink
  private lastId = 0

  constructor(host: Host) {
    this.link = host.connect((frame) => {
      if ('event' in frame) {
        const { event } = v.parse(NotificationSchema, frame)
        this.events.push({ event, data: structuredClone(v.parse(EVENTS[event], frame.data)) })
      } else {
        this.replies.set(v.parse(ReplySchema, frame).id, frame)
      }
    })
  }

  accept(frame: unknown): void {
    this.link.accept(frame)
  }

  /** A call that takes its time. Throws the failure of the reply. */
  async late<N extends CallName>(call: N, params: CallParams<N>): Promise<CallResult<N>> {
    const id = ++this.lastId
    this.accept({ id, call, params })
    const reply = await vi.waitFor(() => {
      const found = this.replies.get(id)
      if (!found) throw new Error(`${call} has no reply yet`)
      return found
    }, 10_000)
    if ('failure' in reply) throw fromFailure(reply.failure)
    return v.parse(CALLS[call].result, (reply as { result: unknown }).result)
  }

  /** Throws the failure of the reply. */
  call<N extends CallName>(call: N, params: CallParams<N>): CallResult<N> {
    const id = ++this.lastId
    this.accept({ id, call, params })
    const reply = this.replies.get(id)!
    if ('failure' in reply) throw fromFailure(reply.failure)
    return v.parse(CALLS[call].result, (reply as { result: unknown }).result)
  }

  /** The code with which the call is refused, or null. */
  refusal(call: string, params: unknown): string | null {
    const id = ++this.lastId
    this.accept({ id, call, params })
    const reply = this.replies.get(id)!
    return 'failure' in reply ? reply.failure.code : null
  }

  all<N extends EventName>(event: N): EventData<N>[] {
    return this.events.filter((entry) => entry.event === event).map(({ data }) => data as EventData<N>)
  }

  last<N extends EventName>(event: N): EventData<N> | undefined {
    return this.all(event).at(-1)
  }

  /** The answer as it was told at its end. */
  ended(messageId: number): Message | undefined {
    return this.all('chat.ended').find(({ message }) => message.id === messageId)?.message
  }
}

export interface Stage {
  host: Host
  close: () => Promise<void>
  client: TestClient
  engines: ScriptedEngine[]
  /** The engine that runs now. */
  engine: () => ScriptedEngine
  dataFolder: string
}

export function temporaryFolder(finished: (clean: () => void) => void = onTestFinished): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'depthwise-host-'))
  finished(() => {
    rmSync(folder, { recursive: true, force: true })
  })
  return folder
}

/** A machine on which no other program has models, and which may not ask the Hub. */
export function quietLibrary(folder: string): NonNullable<HostOptions['library']> {
  const none = path.join(folder, 'none')
  return {
    environment: { HF_HUB_OFFLINE: '1', HF_HOME: none },
    hubCache: none,
    gguf: { lmStudio: none, ollama: [none] },
  }
}

export function stage(changes: Partial<HostOptions> = {}): Stage {
  const dataFolder = changes.dataFolder ?? temporaryFolder()
  const engines: ScriptedEngine[] = []
  const host = createHost({
    dataFolder,
    cacheFolder: path.join(dataFolder, 'cache'),
    builtInModel: '/models/default',
    version: '0.0.0-test',
    library: quietLibrary(dataFolder),
    spawnEngine: () => {
      const engine = new ScriptedEngine()
      engines.push(engine)
      return engine
    },
    ...changes,
    limits: { restartMs: [1], saveMs: 20, ...changes.limits },
  })
  let closing: Promise<void> | undefined
  const close = () => (closing ??= host.close())
  onTestFinished(close)
  return {
    close,
    host,
    client: new TestClient(host),
    engines,
    engine: () => engines.at(-1)!,
    dataFolder,
  }
}

/** A stage whose engine has its model, with one empty conversation. */
export function readyStage(changes: Partial<HostOptions> = {}): Stage & { conversationId: number } {
  const set = stage(changes)
  set.engine().load()
  return { ...set, conversationId: set.client.call('conversation.create', {}).id }
}

/** Sends a message and waits until the engine has been asked. */
export async function ask(
  { client, engine }: Pick<Stage, 'client' | 'engine'>,
  conversationId: number,
  parentId: number | null,
  text: string,
): Promise<CallResult<'chat.send'>> {
  const before = engine().sent.filter(({ type }) => type === 'generate').length
  const sent = client.call('chat.send', { conversationId, parentId, text, budget: 50 })
  await until(() => engine().sent.filter(({ type }) => type === 'generate').length > before)
  return sent
}

export async function until(condition: () => boolean): Promise<void> {
  await vi.waitFor(
    () => {
      expect(condition()).toBe(true)
    },
    { interval: 2 },
  )
}
