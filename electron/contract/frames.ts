import * as v from 'valibot'
import type { CallName, EventName } from './calls.ts'
import { CALLS, EVENTS } from './calls.ts'
import { FailureSchema } from './values.ts'

/** What travels between window and host on either transport, as JSON-compatible values. */
export const RequestSchema = v.strictObject({
  id: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
  call: v.picklist(Object.keys(CALLS) as [CallName, ...CallName[]]),
  params: v.unknown(),
})

export const ReplySchema = v.union([
  v.strictObject({ id: v.number(), result: v.unknown() }),
  /** `id` is null where the request could not be read. */
  v.strictObject({ id: v.nullable(v.number()), failure: FailureSchema }),
])
export type Reply = v.InferOutput<typeof ReplySchema>

export const NotificationSchema = v.strictObject({
  event: v.picklist(Object.keys(EVENTS) as [EventName, ...EventName[]]),
  data: v.unknown(),
})
export type Notification = v.InferOutput<typeof NotificationSchema>

export type HostFrame = Reply | Notification

/** The only thing that the preload script gives to the window (as `window.depthwise`). */
export interface WindowPort {
  send(frame: unknown): void
  /** Called for every frame of the host; returns the way to stop listening. */
  listen(receive: (frame: unknown) => void): () => void
  /** Where a file or folder lies that was dropped on the window (a `File`); empty where it lies nowhere. Not in a browser. */
  pathOf?(file: unknown): string
}
