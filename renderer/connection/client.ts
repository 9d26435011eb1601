import * as v from 'valibot'
import type { CallName, CallParams, CallResult, EventData, EventName } from '../../electron/contract/calls.ts'
import { CALLS, EVENTS } from '../../electron/contract/calls.ts'
import { fromFailure } from '../../models/common/errors.ts'
import type { Reply } from '../../electron/contract/frames.ts'
import { NotificationSchema, ReplySchema } from '../../electron/contract/frames.ts'
import type { Link, Transport } from './transport.ts'
import { ConnectionLost, Misread } from './transport.ts'

interface Waiting {
  call: CallName
  resolve(result: unknown): void
  reject(error: Error): void
}

type Handler = (data: never) => void

/** Calls and events of the contract over a transport; everything that comes in is checked against its schema. */
export class Client {
  private readonly transport: Transport
  private readonly waiting = new Map<number, Waiting>()
  private readonly handlers = new Map<EventName, Set<Handler>>()
  private nextId = 0

  constructor(transport: Transport) {
    this.transport = transport
    transport.listen((frame) => {
      this.receive(frame)
    })
    transport.watch((link) => {
      if (link.phase === 'lost') this.abandon()
    })
  }

  call<N extends CallName>(call: N, params: CallParams<N>): Promise<CallResult<N>> {
    return new Promise((resolve, reject) => {
      const id = this.nextId++
      this.waiting.set(id, { call, resolve: resolve, reject })
      try {
        this.transport.send({ id, call, params })
      } catch (error) {
        this.waiting.delete(id)
        reject(error instanceof Error ? error : new ConnectionLost())
      }
    })
  }

  on<N extends EventName>(event: N, handler: (data: EventData<N>) => void): () => void {
    const handlers = this.handlers.get(event) ?? new Set<Handler>()
    this.handlers.set(event, handlers.add(handler))
    return () => handlers.delete(handler)
  }

  watch(observe: (link: Link) => void): void {
    this.transport.watch(observe)
  }

  retry(): void {
    this.transport.retry()
  }

  private receive(frame: unknown): void {
    const notification = v.safeParse(NotificationSchema, frame)
    if (notification.success) {
      this.notify(notification.output.event, notification.output.data)
      return
    }
    const reply = v.safeParse(ReplySchema, frame)
    if (reply.success) this.settle(reply.output)
    else console.error('A frame of the host was not understood.', frame)
  }

  private notify(event: EventName, data: unknown): void {
    const checked = v.safeParse(EVENTS[event], data)
    if (!checked.success) {
      console.error(`The event ${event} was not understood:`, v.summarize(checked.issues))
      return
    }
    for (const handler of this.handlers.get(event) ?? []) handler(checked.output as never)
  }

  private settle(reply: Reply): void {
    const waiting = reply.id === null ? undefined : this.waiting.get(reply.id)
    if (reply.id === null || !waiting) {
      if ('failure' in reply) console.error(`The host refused a frame: ${reply.failure.message}`)
      return
    }
    this.waiting.delete(reply.id)
    if ('failure' in reply) {
      waiting.reject(fromFailure(reply.failure))
      return
    }
    const result = v.safeParse(CALLS[waiting.call].result, reply.result)
    if (result.success) waiting.resolve(result.output)
    else waiting.reject(new Misread(waiting.call, v.summarize(result.issues)))
  }

  private abandon(): void {
    const waiting = [...this.waiting.values()]
    this.waiting.clear()
    for (const call of waiting) call.reject(new ConnectionLost())
  }
}
