import { randomUUID } from 'node:crypto'
import { DepthwiseError } from '../../models/common/errors.ts'
import { expectHost, expectOrigin, expectToken, originHeaders, preflightHeaders } from './admission.ts'
import { answerWith } from './answer.ts'
import { readJsonBody } from './body.ts'
import { readChatRequest } from './chat-completions.ts'
import { readCompletionRequest } from './completions.ts'
import { control } from './control.ts'
import { tellError } from './errors.ts'
import type { Exchange } from './exchange.ts'
import { reply } from './exchange.ts'
import { listModels, readModel } from './models.ts'
import { readResponseRequest } from './responses.ts'

type Handler = (exchange: Exchange) => Promise<void>

/** By method and path, without /v1, which may be left out. */
const ROUTES: Readonly<Record<string, Handler>> = {
  'GET /models': async (exchange) => {
    reply(exchange, 200, await listModels(exchange.services))
  },
  'POST /chat/completions': (exchange) => answerWith(readChatRequest, exchange),
  'POST /completions': (exchange) => answerWith(readCompletionRequest, exchange),
  'POST /responses': (exchange) => answerWith(readResponseRequest, exchange),
  'POST /chat/completions/control': async (exchange) => {
    reply(
      exchange,
      200,
      control(await readJsonBody(exchange.request), (id) => exchange.answers.find(id)),
    )
  },
}

/** Answers one request, whatever it is and wherever it comes from. @param port that is listened to */
export async function route(exchange: Omit<Exchange, 'headers'>, port: number): Promise<void> {
  const { request, response, services } = exchange
  const own = { 'X-Request-Id': `req_${randomUUID().replaceAll('-', '')}`, 'X-Content-Type-Options': 'nosniff' }
  let headers: Exchange['headers'] = own
  response.on('error', () => response.destroy())
  try {
    const admitted = services.admitted()
    expectHost(request.headers, port)
    expectOrigin(request.headers, admitted)
    headers = { ...own, ...originHeaders(request.headers) }
    if (request.method === 'OPTIONS') {
      response.writeHead(204, { ...own, ...preflightHeaders(request.headers) }).end()
      return
    }
    expectToken(request.headers, admitted)
    await handlerOf(request.method ?? '', request.url ?? '')({ ...exchange, headers })
  } catch (error) {
    if (response.headersSent || response.destroyed) {
      response.destroy()
      return
    }
    const { status, body } = tellError(error)
    if (status === 429) headers = { ...headers, 'Retry-After': '1' }
    // what was not read of the request shall not be taken for the next one
    if (!request.complete) headers = { ...headers, Connection: 'close' }
    reply({ response, headers }, status, body)
  }
}

/** @throws DepthwiseError UNKNOWN_CALL */
function handlerOf(method: string, url: string): Handler {
  const path = url
    .replace(/[?#].*$/, '')
    .replace(/^\/+v1(?=\/|$)/, '')
    .replace(/\/+$/, '')
  const handler = ROUTES[`${method} ${path}`]
  if (handler) return handler
  const model = /^\/models\/(.+)$/.exec(path)?.[1]
  if (method === 'GET' && model !== undefined) {
    return async (exchange) => {
      reply(exchange, 200, await readModel(exchange.services, decode(model)))
    }
  }
  const others = Object.keys(ROUTES).filter((route) => route.endsWith(` ${path}`))
  const there = others.length > 0 ? others : Object.keys(ROUTES)
  const list = there.map((route) => route.replace(' ', ' /v1')).join(', ')
  throw new DepthwiseError('UNKNOWN_CALL', `“${method} ${path.slice(0, 200)}” is not served here; served are ${list}.`)
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
