import type { Link, Transport } from './transport.ts'
import { ConnectionLost } from './transport.ts'

/** The part of a WebSocket that is used here. */
export interface Socket {
  send(data: string): void
  addEventListener(
    type: 'open' | 'message' | 'close',
    listener: (event: { type: string; data?: unknown }) => void,
  ): void
}

const FIRST_DELAY_MS = 250
const LONGEST_DELAY_MS = 8000

/** A WebSocket that opens itself again, waiting twice as long after each failure. */
export class SocketTransport implements Transport {
  private readonly open: () => Socket
  private readonly receivers = new Set<(frame: unknown) => void>()
  private readonly observers = new Set<(link: Link) => void>()
  private link: Link = { phase: 'connecting' }
  private socket: Socket | null = null
  private failures = 0
  private timer: ReturnType<typeof setTimeout> | undefined

  constructor(open: () => Socket) {
    this.open = open
    this.connect()
  }

  send(frame: unknown): void {
    if (this.link.phase !== 'open' || !this.socket) throw new ConnectionLost()
    this.socket.send(JSON.stringify(frame))
  }

  listen(receive: (frame: unknown) => void): void {
    this.receivers.add(receive)
  }

  watch(observe: (link: Link) => void): void {
    this.observers.add(observe)
    observe(this.link)
  }

  retry(): void {
    if (this.link.phase !== 'lost') return
    clearTimeout(this.timer)
    this.connect()
  }

  private connect(): void {
    this.become({ phase: 'connecting' })
    const socket = this.open()
    this.socket = socket
    socket.addEventListener('open', () => {
      this.failures = 0
      this.become({ phase: 'open' })
    })
    socket.addEventListener('message', ({ data }) => {
      const frame = parse(data)
      for (const receive of this.receivers) receive(frame)
    })
    socket.addEventListener('close', () => {
      if (this.socket !== socket) return
      this.socket = null
      const delay = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** this.failures)
      this.failures += 1
      this.become({ phase: 'lost', retryAt: Date.now() + delay, failures: this.failures })
      this.timer = setTimeout(() => {
        this.connect()
      }, delay)
    })
  }

  private become(link: Link): void {
    this.link = link
    for (const observe of this.observers) observe(link)
  }
}

/** What is not JSON becomes null, which the client refuses as it refuses any unknown frame. */
function parse(data: unknown): unknown {
  try {
    return typeof data === 'string' ? JSON.parse(data) : null
  } catch {
    return null
  }
}
