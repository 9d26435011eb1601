import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http'
import type { EndpointServices } from '../host/endpoint.ts'
import type { RunningAnswers } from './running.ts'

/** One request, from someone who may ask, and the response to it. */
export interface Exchange {
  request: IncomingMessage
  response: ServerResponse
  /** Of every response to it. */
  headers: OutgoingHttpHeaders
  services: EndpointServices
  answers: RunningAnswers
  pingMs: number
}

export function reply(
  { response, headers }: Pick<Exchange, 'response' | 'headers'>,
  status: number,
  body: object,
): void {
  if (response.destroyed) return
  const text = JSON.stringify(body)
  response.writeHead(status, {
    ...headers,
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': Buffer.byteLength(text),
  })
  response.end(response.req.method === 'HEAD' ? undefined : text)
}
