import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Client } from '../../renderer/connection/client.ts'
import { SocketTransport } from '../../renderer/connection/socket.ts'
import type { Link } from '../../renderer/connection/transport.ts'
import { ConnectionLost } from '../../renderer/connection/transport.ts'

class FakeSocket extends EventTarget {
  readonly sent: string[] = []
  send(data: string): void {
    this.sent.push(data)
  }
  says(type: 'open' | 'close'): void {
    this.dispatchEvent(new Event(type))
  }
  delivers(data: unknown): void {
    this.dispatchEvent(new MessageEvent('message', { data }))
  }
}

function opened() {
  const sockets: FakeSocket[] = []
  const transport = new SocketTransport(() => {
    const socket = new FakeSocket()
    sockets.push(socket)
    return socket
  })
  const links: Link['phase'][] = []
  transport.watch(({ phase }) => links.push(phase))
  return { transport, sockets, links, last: () => sockets.at(-1)! }
}

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

describe('the socket', () => {
  it('carries frames as JSON text', () => {
    const { transport, last } = opened()
    const frames: unknown[] = []
    transport.listen((frame) => frames.push(frame))
    last().says('open')
    transport.send({ id: 1, call: 'app.state', params: {} })
    last().delivers('{"id":1,"result":null}')
    last().delivers('not json')
    last().delivers(new ArrayBuffer(2))
    expect(last().sent).toEqual(['{"id":1,"call":"app.state","params":{}}'])
    expect(frames).toEqual([{ id: 1, result: null }, null, null])
  })

  it('opens itself again, waiting longer each time, and from the start after a success', () => {
    const { sockets, links, last } = opened()
    const waits: number[] = []
    for (let failure = 0; failure < 8; failure++) {
      last().says('close')
      const before = sockets.length
      let waited = 0
      while (sockets.length === before) {
        vi.advanceTimersByTime(250)
        waited += 250
      }
      waits.push(waited)
    }
    expect(waits).toEqual([250, 500, 1000, 2000, 4000, 8000, 8000, 8000])
    last().says('open')
    last().says('close')
    vi.advanceTimersByTime(250)
    expect(sockets).toHaveLength(10)
    expect(links.slice(0, 3)).toEqual(['connecting', 'lost', 'connecting'])
    expect(links.slice(-3)).toEqual(['open', 'lost', 'connecting'])
  })

  it('tries at once when asked', () => {
    const { transport, sockets, last } = opened()
    last().says('close')
    transport.retry()
    expect(sockets).toHaveLength(2)
    vi.advanceTimersByTime(60_000)
    expect(sockets).toHaveLength(2)
  })

  it('refuses to send while closed, and fails the calls that were waiting', async () => {
    const { transport, last } = opened()
    const client = new Client(transport)
    await expect(client.call('app.state', {})).rejects.toBeInstanceOf(ConnectionLost)
    last().says('open')
    const waiting = client.call('app.state', {})
    last().says('close')
    await expect(waiting).rejects.toBeInstanceOf(ConnectionLost)
    vi.advanceTimersByTime(250)
    last().says('open')
    void client.call('conversation.list', {}).catch(() => undefined)
    expect(last().sent).toHaveLength(1)
  })
})
