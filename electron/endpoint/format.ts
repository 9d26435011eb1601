import type { IncomingHttpHeaders } from 'node:http'
import type { Asked } from './asked.ts'
import type { RunningAnswer } from './running.ts'

/** One server-sent event: JSON, and a name where the format has names. */
export interface StreamEvent {
  event?: string
  data: object
}

/** An event of the responses API before it has its number. */
export type ResponseEvent = { type: string } & Record<string, unknown>

/** A request that was understood, and how its answer is to be told. */
export interface Written {
  asked: Asked
  /** What ids of such answers begin with. */
  prefix: string
  stream: boolean
  /** The last line of data of a stream. */
  sentinel?: string
  /** The whole answer as one body. */
  whole(answer: RunningAnswer): Promise<object>
  events(answer: RunningAnswer): AsyncGenerator<StreamEvent, void>
}

/** @throws DepthwiseError BAD_ARGUMENT, BUDGET_OUT_OF_RANGE with the field in `detail` */
export type ReadRequest = (body: unknown, headers: IncomingHttpHeaders) => Written
