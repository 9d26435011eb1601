import http from 'node:http'
import path from 'node:path'
import OpenAI from 'openai'
import { onTestFinished } from 'vitest'
import type { Endpoint } from '../../electron/contract/endpoint.ts'
import { listen } from '../../electron/endpoint/server.ts'
import { forkEngine } from '../../electron/host/fork.ts'
import type { HostOptions } from '../../electron/host/host.ts'
import { createHost } from '../../electron/host/host.ts'
import type { Stage } from '../host/support.ts'
import { stage, temporaryFolder } from '../host/support.ts'
import { TINY } from '../models/support.ts'

export const TOKEN = 'secret'

/** An endpoint whose engine says what the test tells it to. */
export async function scripted(
  changes: Partial<HostOptions> = {},
  pingMs = 60_000,
): Promise<Stage & { endpoint: Endpoint; port: number }> {
  const set = stage({
    endpoint: { open: (services, port) => listen(services, port, pingMs), forced: { port: 0, token: TOKEN } },
    ...changes,
  })
  const endpoint = await set.host.endpoint()
  return { ...set, endpoint, port: endpoint.port }
}

/** The same with its model loaded. */
export async function ready(pingMs?: number): ReturnType<typeof scripted> {
  const set = await scripted({}, pingMs)
  set.engine().load()
  return set
}

/** An endpoint with a real engine and the small model of the tests, or another. @param finished where to say how it is closed */
export async function real(
  finished: (close: () => Promise<void>) => void = onTestFinished,
  model = TINY,
): Promise<Endpoint> {
  const dataFolder = temporaryFolder((clean) => {
    finished(() => {
      clean()
      return Promise.resolve()
    })
  })
  // `auto` would only measure a driver in software, and refuse it
  process.env.VK_ICD_FILENAMES = ''
  const engineFile = path.join(import.meta.dirname, '../../electron/engine/process.ts')
  const host = createHost({
    dataFolder,
    cacheFolder: path.join(dataFolder, 'cache'),
    builtInModel: model,
    version: '0.0.0-test',
    spawnEngine: () => forkEngine(engineFile),
    endpoint: { open: (services, port) => listen(services, port, 60_000), forced: { port: 0, token: TOKEN } },
  })
  finished(() => host.close())
  return host.endpoint()
}

export const client = ({ address }: Pick<Endpoint, 'address'>, options: { apiKey?: string } = {}): OpenAI =>
  new OpenAI({ baseURL: address!, apiKey: TOKEN, maxRetries: 0, ...options })

export interface Answer {
  status: number
  headers: http.IncomingHttpHeaders
  body: string
  json: unknown
}

export interface Asking {
  method?: string
  host?: string
  headers?: Record<string, string>
  body?: unknown
  /** Sent as it is. */
  raw?: string
}

/** A request as no client library would tidy it up, with the token unless the headers say otherwise. */
export function ask(
  port: number,
  url: string,
  { method, host = '127.0.0.1', headers, body, raw }: Asking = {},
): Promise<Answer> {
  const sent = raw ?? (body === undefined ? undefined : JSON.stringify(body))
  return new Promise((resolve, reject) => {
    const request = http.request(
      {
        host,
        port,
        path: url,
        method: method ?? (sent === undefined ? 'GET' : 'POST'),
        agent: false,
        headers: { Authorization: `Bearer ${TOKEN}`, ...headers },
      },
      (response) => {
        let text = ''
        response.setEncoding('utf8')
        response.on('data', (part: string) => (text += part))
        response.on('end', () => {
          const isJson = response.headers['content-type']?.startsWith('application/json') ?? false
          const json: unknown = isJson ? JSON.parse(text) : undefined
          resolve({ status: response.statusCode!, headers: response.headers, body: text, json })
        })
      },
    )
    request.on('error', reject)
    request.end(sent)
  })
}

export const QUESTION = [{ role: 'user', content: 'Do you like dogs?' }] as const

/** Data of a stream's events, and its comments. */
export function eventsOf(body: string): unknown[] {
  return body
    .split('\n\n')
    .filter((part) => part !== '')
    .map(
      (part) =>
        part
          .split('\n')
          .find((line) => line.startsWith('data: '))
          ?.slice(6) ?? part,
    )
    .map((data) => (data.startsWith('{') ? (JSON.parse(data) as unknown) : data))
}
