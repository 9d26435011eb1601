import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import http from 'node:http'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { onTestFinished } from 'vitest'
import type { ClientOptions } from 'ws'
import { WebSocket } from 'ws'
import type { Server } from '../../electron/serve/server.ts'
import { startServer } from '../../electron/serve/server.ts'
import { readyStage } from '../host/support.ts'

export const PAGE = '<!doctype html><title>Depthwise</title>'

/** A folder like `dist/renderer`, with a secret beside it. */
export function builtPages(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'depthwise-serve-'))
  onTestFinished(() => {
    rmSync(folder, { recursive: true, force: true })
  })
  const pages = path.join(folder, 'renderer')
  mkdirSync(path.join(pages, 'assets'), { recursive: true })
  writeFileSync(path.join(pages, 'index.html'), PAGE)
  writeFileSync(path.join(pages, 'assets', 'main-1.js'), 'export {}')
  writeFileSync(path.join(pages, 'assets', 'data.bin'), 'no type')
  writeFileSync(path.join(pages, '.hidden.txt'), 'hidden')
  writeFileSync(path.join(folder, 'secret.txt'), 'secret')
  symlinkSync(path.join(folder, 'secret.txt'), path.join(pages, 'link.txt'))
  mkdirSync(path.join(folder, 'renderer-other'))
  writeFileSync(path.join(folder, 'renderer-other', 'x.txt'), 'secret')
  return pages
}

export async function served(): Promise<ReturnType<typeof readyStage> & { server: Server }> {
  const set = readyStage()
  const server = await startServer({ host: set.host, pages: builtPages() })
  let isOpen = true
  const close = async () => {
    if (isOpen) await server.close()
    isOpen = false
  }
  onTestFinished(close)
  return { ...set, server: { ...server, close } }
}

export interface Answer {
  status: number
  headers: http.IncomingHttpHeaders
  body: string
}

/** The path is sent as it is: no client tidies it up. */
export function request(port: number, path: string, options: http.RequestOptions = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    http
      .request({ host: '127.0.0.1', port, path, agent: false, ...options }, (response) => {
        let body = ''
        response.setEncoding('utf8')
        response.on('data', (part: string) => (body += part))
        response.on('end', () => {
          resolve({ status: response.statusCode!, headers: response.headers, body })
        })
      })
      .on('error', reject)
      .end()
  })
}

/** An open socket, or the status it was refused with. */
export function open(
  { port, token }: Server,
  changes: { protocols?: string[]; path?: string } & ClientOptions = {},
): Promise<WebSocket | number> {
  const { protocols = ['depthwise', token], path = '/socket', ...options } = changes
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, protocols, {
      origin: `http://127.0.0.1:${port}`,
      ...options,
    })
    onTestFinished(() => {
      socket.terminate()
    })
    socket.on('open', () => {
      resolve(socket)
    })
    socket.on('unexpected-response', (_request, response) => {
      resolve(response.statusCode!)
      socket.terminate()
    })
    socket.on('error', reject)
  })
}
