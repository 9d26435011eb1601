import { randomUUID } from 'node:crypto'
import { readJsonBody } from './body.ts'
import { tellError } from './errors.ts'
import { EventStream } from './event-stream.ts'
import type { Exchange } from './exchange.ts'
import { reply } from './exchange.ts'
import type { ReadRequest, Written } from './format.ts'
import type { RunningAnswer } from './running.ts'

/** Answers a request for a text. A client that goes away ends the answer. @throws DepthwiseError before anything was sent */
export async function answerWith(read: ReadRequest, exchange: Exchange): Promise<void> {
  const { request, response, answers } = exchange
  const written = read(await readJsonBody(request), request.headers)
  const answer = answers.begin(`${written.prefix}${randomUUID().replaceAll('-', '')}`, written.asked)
  response.once('close', () => {
    answer.stop()
  })
  if (response.destroyed) answer.stop()
  if (written.stream) await stream(written, answer, exchange)
  else reply(exchange, 200, await written.whole(answer))
}

async function stream(written: Written, answer: RunningAnswer, exchange: Exchange): Promise<void> {
  const events = new EventStream(exchange.response, exchange.headers, exchange.pingMs)
  try {
    for await (const { data, event } of written.events(answer)) events.send(data, event)
    events.end(written.sentinel)
  } catch (error) {
    if (events.isOpen) events.send(tellError(error).body)
    events.end()
    if (!events.isOpen) throw error
  }
}
