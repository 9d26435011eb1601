import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { DepthwiseError } from '../../models/common/errors.ts'
import type { Host } from '../host/host.ts'
import { PAGE_HEADERS, readPage } from '../host/pages.ts'
import { Admission } from './admission.ts'
import { Sockets } from './sockets.ts'

export interface ServerOptions {
  host: Host
  /** Folder of the built window. */
  pages: string
  /** 0 or absent: any that is free. */
  port?: number
}

export interface Server {
  /** To be opened in a browser; has the token behind its #, which browsers never send and the page takes away at once. */
  address: string
  port: number
  token: string
  close(): Promise<void>
}

/** Serves the window and its host on 127.0.0.1. Throws BUSY where the port is taken. */
export async function startServer({ host, pages, port = 0 }: ServerOptions): Promise<Server> {
  const server = http.createServer()
  await listen(server, port)
  const admission = new Admission((server.address() as AddressInfo).port)
  const sockets = new Sockets(host, admission)
  server.on('request', (request, response) => {
    void answer(request, response, pages, admission)
  })
  server.on('upgrade', (request, socket, head) => {
    sockets.upgrade(request, socket, head)
  })
  return {
    address: `${admission.origin}/#token=${admission.token}`,
    port: (server.address() as AddressInfo).port,
    token: admission.token,
    close: async () => {
      sockets.close()
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

async function listen(server: http.Server, port: number): Promise<void> {
  server.listen(port, '127.0.0.1')
  try {
    await once(server, 'listening')
  } catch (error) {
    throw new DepthwiseError('BUSY', `Port ${port} cannot be used. Choose another, or leave --port out.`, {
      detail: error instanceof Error ? error.message : String(error),
    })
  }
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  pages: string,
  admission: Admission,
): Promise<void> {
  const reply = (status: number, body: string | Buffer, type = 'text/plain; charset=utf-8') => {
    response.writeHead(status, { ...PAGE_HEADERS, 'Content-Type': type, 'Content-Length': Buffer.byteLength(body) })
    response.end(request.method === 'HEAD' ? undefined : body)
  }
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('Allow', 'GET, HEAD')
    reply(405, 'Only GET and HEAD are answered here.')
    return
  }
  if (!admission.isOurHost(request)) {
    reply(403, 'Depthwise answers only under the address that it printed.')
    return
  }
  const [path = ''] = (request.url ?? '').split('?', 1)
  const page = await readPage(pages, path)
  if (!page) reply(404, 'There is no such file.')
  else reply(200, page.body, page.type)
}
