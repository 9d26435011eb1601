import type { OutgoingHttpHeaders, ServerResponse } from 'node:http'

const HEADERS = {
  'Content-Type': 'text/event-stream; charset=utf-8',
  'Cache-Control': 'no-cache',
  // said to proxies that would gather events first
  'X-Accel-Buffering': 'no',
}

/** Server-sent events of one response. Nothing is sent before the first of them, so that an error can still have its status. */
export class EventStream {
  private readonly response: ServerResponse
  private readonly headers: OutgoingHttpHeaders
  private readonly pinging: NodeJS.Timeout

  /** @param pingMs after so many milliseconds without an event a comment is sent, and again: clients give up on silence */
  constructor(response: ServerResponse, headers: OutgoingHttpHeaders, pingMs: number) {
    this.response = response
    this.headers = headers
    this.pinging = setInterval(() => {
      this.write(': ping\n\n')
    }, pingMs)
  }

  get isOpen(): boolean {
    return this.response.headersSent
  }

  /** @param event its name, where it has one */
  send(data: object, event?: string): void {
    this.pinging.refresh()
    this.write(`${event === undefined ? '' : `event: ${event}\n`}data: ${JSON.stringify(data)}\n\n`)
  }

  /** @param sentinel last line of data, where clients wait for one */
  end(sentinel?: string): void {
    clearInterval(this.pinging)
    if (sentinel !== undefined) this.write(`data: ${sentinel}\n\n`)
    if (this.isOpen) this.response.end()
  }

  private write(text: string): void {
    if (this.response.destroyed) return
    if (!this.isOpen) this.response.writeHead(200, { ...this.headers, ...HEADERS })
    this.response.write(text)
  }
}
