import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

export const SUBPROTOCOL = 'depthwise'

/** Who may talk to a server on loopback, where every web page and every program of the machine can knock. */
export class Admission {
  /** 32 random bytes, in the form in which a sub-protocol may be written. */
  readonly token = randomBytes(32).toString('base64url')
  readonly authority: string

  constructor(port: number) {
    this.authority = `127.0.0.1:${port}`
  }

  get origin(): string {
    return `http://${this.authority}`
  }

  /** A page of another name that resolves to this machine (DNS rebinding) is told apart by its Host. */
  isOurHost(request: IncomingMessage): boolean {
    return request.headers.host === this.authority
  }

  mayOpenSocket(request: IncomingMessage): boolean {
    const protocols = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((protocol) => protocol.trim())
    return (
      request.method === 'GET' &&
      request.url === '/socket' &&
      this.isOurHost(request) &&
      request.headers.origin === this.origin &&
      protocols.length === 2 &&
      protocols[0] === SUBPROTOCOL &&
      this.isToken(protocols[1] ?? '')
    )
  }

  private isToken(given: string): boolean {
    return timingSafeEqual(digest(given), digest(this.token))
  }
}

/** Of one length, whatever is given. */
const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
