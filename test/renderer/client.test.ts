import { describe, expect, it, vi } from 'vitest'
import type { EngineStatus } from '../../electron/contract/values.ts'
import { Client } from '../../renderer/connection/client.ts'
import { Misread } from '../../renderer/connection/transport.ts'
import { portTransport } from '../../renderer/connection/port.ts'
import { FakeHost } from './fake/host.ts'
import { FAILED } from './fake/values.ts'

function connected() {
  const host = new FakeHost({ pace: { tokenMs: 0, prefillMs: 0 } })
  return { host, client: new Client(portTransport(host)) }
}

/** A port whose host answers as the test says. */
function puppet(answer: (request: { id: number }) => unknown) {
  let receive: (frame: unknown) => void = () => undefined
  const port = {
    send(frame: unknown) {
      receive(answer(frame as { id: number }))
    },
    listen(listener: (frame: unknown) => void) {
      receive = listener
      return () => undefined
    },
  }
  return {
    client: new Client(portTransport(port)),
    say: (frame: unknown) => {
      receive(frame)
    },
  }
}

describe('the client', () => {
  it('gets the result of its own call, whatever the order of the replies', async () => {
    const { client } = connected()
    const [state, list] = await Promise.all([client.call('app.state', {}), client.call('conversation.list', {})])
    expect(state.engine.phase).toBe('ready')
    expect(list).toEqual([])
  })

  it('throws the failure of the host with its code', async () => {
    const { client } = connected()
    await expect(client.call('conversation.read', { id: 99 })).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await expect(
      client.call('chat.send', { conversationId: 1, parentId: null, text: 'x', budget: 900 }),
    ).rejects.toMatchObject({ code: 'BAD_ARGUMENT' })
  })

  it('refuses a result that is not what the contract says', async () => {
    const { client } = puppet(({ id }) => ({ id, result: [{ id: 'one' }] }))
    await expect(client.call('conversation.list', {})).rejects.toBeInstanceOf(Misread)
  })

  it('hands events to those who listen, until they stop', () => {
    const { host, client } = connected()
    const seen: EngineStatus['phase'][] = []
    const stop = client.on('engine.status', ({ phase }) => seen.push(phase))
    host.becomes(FAILED)
    stop()
    host.becomes(FAILED)
    expect(seen).toEqual(['failed'])
  })

  it('drops frames and events that it does not understand and goes on', () => {
    const complained = vi.spyOn(console, 'error').mockImplementation(() => undefined)
    const { client, say } = puppet(() => null)
    const seen = vi.fn()
    client.on('conversation.deleted', seen)
    for (const frame of [null, 7, 'x', {}, { event: 'no.such', data: 1 }, { event: 'conversation.deleted', data: {} }])
      say(frame)
    say({ id: null, failure: { code: 'BAD_FRAME', message: 'What?' } })
    say({ id: 77, result: 1 })
    say({ event: 'conversation.deleted', data: { id: 3 } })
    expect(seen.mock.calls).toEqual([[{ id: 3 }]])
    expect(complained).toHaveBeenCalled()
    complained.mockRestore()
  })

  it('gets a whole answer with every token in order', async () => {
    const { client } = connected()
    let text = ''
    const ended = new Promise((resolve) => {
      client.on('chat.tokens', ({ tokens }) => (text += tokens.map((token) => token.text).join('')))
      client.on('chat.ended', ({ message }) => {
        resolve(message.text)
      })
    })
    const { id } = await client.call('conversation.create', {})
    await client.call('chat.send', { conversationId: id, parentId: null, text: 'The sea?', budget: 50, seed: 0 })
    expect(await ended).toBe(text)
    expect(text).toContain('sea')
  })
})
