import { once } from 'node:events'
import net from 'node:net'
import { networkInterfaces } from 'node:os'
import { expect, test } from 'vitest'
import type { WebSocket } from 'ws'
import { LONGEST_CONVERSATION } from '../../electron/contract/portable.ts'
import { open, served } from './support.ts'

async function opened(...args: Parameters<typeof open>): Promise<WebSocket> {
  const socket = await open(...args)
  if (typeof socket === 'number') throw new Error(`refused with ${socket}`)
  return socket
}

async function exchange(socket: WebSocket, frame: unknown): Promise<unknown> {
  socket.send(typeof frame === 'string' || Buffer.isBuffer(frame) ? frame : JSON.stringify(frame))
  const [data] = (await once(socket, 'message')) as [Buffer]
  return JSON.parse(data.toString())
}

test('calls and events travel over the socket', async () => {
  const { server, client } = await served()
  const socket = await opened(server)
  expect(socket.protocol).toBe('depthwise')
  expect(await exchange(socket, { id: 1, call: 'app.state', params: {} })).toMatchObject({
    id: 1,
    result: { engine: { phase: 'ready' } },
  })
  const heard = once(socket, 'message') as Promise<[Buffer]>
  client.call('conversation.create', {})
  expect(JSON.parse((await heard)[0].toString())).toMatchObject({ event: 'conversation.changed' })
})

test('what is no frame gets a reply that says so, and the socket stays', async () => {
  const { server } = await served()
  const socket = await opened(server)
  for (const frame of ['{"half":', Buffer.from([1, 2, 3]), '"text"', { id: 1, call: 'x', params: {} }]) {
    expect(await exchange(socket, frame)).toMatchObject({ failure: {} })
  }
  expect(await exchange(socket, { id: 2, call: 'conversation.list', params: {} })).toMatchObject({ id: 2 })
})

test('a frame beyond all measure closes the socket', async () => {
  const { server } = await served()
  const socket = await opened(server)
  socket.send(' '.repeat(LONGEST_CONVERSATION + 2 ** 21))
  const [code] = (await once(socket, 'close')) as [number]
  expect(code).toBe(1009)
})

test('no other is let in', async () => {
  const { server } = await served()
  const { token, port } = server
  expect(await open(server, { protocols: ['depthwise'] })).toBe(403)
  expect(await open(server, { protocols: [token] })).toBe(403)
  expect(await open(server, { protocols: [token, 'depthwise'] })).toBe(403)
  expect(await open(server, { protocols: ['depthwise', 'x'.repeat(43)] })).toBe(403)
  expect(await open(server, { protocols: ['depthwise', token, 'more'] })).toBe(403)
  expect(await open(server, { protocols: [] })).toBe(403)
  expect(await open(server, { path: '/' })).toBe(403)
  expect(await open(server, { path: `/socket?token=${token}` })).toBe(403)
  for (const origin of ['http://evil.example', `http://localhost:${port}`, `https://127.0.0.1:${port}`, 'null', '']) {
    expect(await open(server, { origin })).toBe(403)
  }
  for (const host of ['evil.example', `localhost:${port}`, `127.0.0.1:${port}.`]) {
    expect(await open(server, { headers: { Host: host } })).toBe(403)
  }
})

test('the server is not to be reached from another machine', async ({ skip }) => {
  const { server } = await served()
  const outside = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .find(({ internal, family }) => !internal && family === 'IPv4')
  if (!outside) skip('no address but loopback')
  const socket = net.connect(server.port, outside!.address)
  await expect(once(socket, 'connect')).rejects.toThrow('ECONNREFUSED')
})

test('closing ends every connection', async () => {
  const { server } = await served()
  const socket = await opened(server)
  const closed = once(socket, 'close')
  await server.close()
  await closed
})
