import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { RawData, WebSocket } from 'ws'
import { WebSocketServer } from 'ws'
import { LONGEST_CONVERSATION } from '../contract/portable.ts'
import type { Host } from '../host/host.ts'
import type { Admission } from './admission.ts'
import { SUBPROTOCOL } from './admission.ts'

/** In bytes: the longest message of the contract, a conversation that is imported, and what is around it. */
const LONGEST_FRAME = LONGEST_CONVERSATION + 2 ** 20
/** In bytes: a page that reads no longer is cut off before it fills the memory. */
const MOST_UNREAD = 64 * 2 ** 20

/** Connects every WebSocket that is admitted with the host. */
export class Sockets {
  private readonly host: Host
  private readonly admission: Admission
  private readonly server = new WebSocketServer({
    noServer: true,
    maxPayload: LONGEST_FRAME,
    perMessageDeflate: false,
    handleProtocols: () => SUBPROTOCOL,
  })

  constructor(host: Host, admission: Admission) {
    this.host = host
    this.admission = admission
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => socket.destroy())
    if (!this.admission.mayOpenSocket(request)) {
      socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n')
      return
    }
    this.server.handleUpgrade(request, socket, head, (webSocket) => {
      this.join(webSocket)
    })
  }

  close(): void {
    for (const webSocket of this.server.clients) webSocket.terminate()
    this.server.close()
  }

  private join(webSocket: WebSocket): void {
    const link = this.host.connect((frame) => {
      if (webSocket.readyState !== webSocket.OPEN) return
      if (webSocket.bufferedAmount > MOST_UNREAD) webSocket.terminate()
      else webSocket.send(JSON.stringify(frame))
    })
    webSocket.on('message', (data, isBinary) => {
      link.accept(isBinary ? null : parse(data))
    })
    webSocket.on('close', () => {
      link.close()
    })
    webSocket.on('error', () => {
      webSocket.terminate()
    })
  }
}

/** What is not JSON becomes null, which the host refuses as it refuses any unreadable frame. */
function parse(data: RawData): unknown {
  try {
    return JSON.parse((data as Buffer).toString('utf8'))
  } catch {
    return null
  }
}
