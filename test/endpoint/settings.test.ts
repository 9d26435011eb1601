import { once } from 'node:events'
import { createServer } from 'node:net'
import { expect, test } from 'vitest'
import { openEndpoint } from '../../electron/endpoint/server.ts'
import type { Stage } from '../host/support.ts'
import { stage, until } from '../host/support.ts'
import { ask, QUESTION } from './support.ts'

const withEndpoint = (changes: Parameters<typeof stage>[0] = {}) =>
  stage({ endpoint: { open: openEndpoint }, ...changes })
const read = ({ client }: Stage) => client.call('endpoint.read', {})

/** A port that nobody listens to. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}

const models = (port: number, token: string) =>
  ask(port, '/v1/models', { headers: { Authorization: `Bearer ${token}` } }).then(
    ({ status }) => status,
    () => null,
  )

test('it is off until a person wants it, and has a token of its own', async () => {
  const [one, two] = [withEndpoint(), withEndpoint()]
  expect(await one.host.endpoint()).toMatchObject({
    on: false,
    port: 8127,
    address: null,
    listening: [],
    failure: null,
  })
  expect(read(one).token).toMatch(/^dw-[\w-]{32}$/)
  expect(read(one).token).toBe(read(one).token)
  expect(read(one).token).not.toBe(read(two).token)
})

test('it goes on, to another port and off as it is told, and says so to every window', async () => {
  const set = withEndpoint()
  set.engine().load()
  const [port, other] = [await freePort(), await freePort()]
  const { token } = set.client.call('endpoint.change', { on: true, port })
  await until(() => set.client.last('endpoint.changed')?.address === `http://127.0.0.1:${port}/v1`)
  expect(await models(port, token)).toBe(200)
  set.client.call('endpoint.change', { port: other })
  expect(await set.host.endpoint()).toMatchObject({ address: `http://127.0.0.1:${other}/v1` })
  expect([await models(port, token), await models(other, token)]).toEqual([null, 200])
  set.client.call('endpoint.change', { on: false })
  await until(() => set.client.last('endpoint.changed')?.address === null)
  expect(await models(other, token)).toBe(null)
})

test('a new token is in force at once, and the old one is not', async () => {
  const set = withEndpoint()
  set.engine().load()
  const { port, token } = set.client.call('endpoint.change', { on: true, port: await freePort() })
  await set.host.endpoint()
  const { token: next } = set.client.call('endpoint.newToken', {})
  expect(next).not.toBe(token)
  expect([await models(port, token), await models(port, next)]).toEqual([401, 200])
})

test('what was set is so after a start, answers under way at the end are broken off', async () => {
  const first = withEndpoint()
  first.engine().load()
  const { port, token } = first.client.call('endpoint.change', {
    on: true,
    port: await freePort(),
    origins: ['https://chat.example'],
  })
  await first.host.endpoint()
  const headers = { Authorization: `Bearer ${token}` }
  const answer = ask(port, '/v1/chat/completions', { headers, body: { messages: QUESTION, stream: true } })
  await until(() => read(first).answering === 1)
  await Promise.all([expect(answer).rejects.toThrow(), first.close()])
  const second = withEndpoint({ dataFolder: first.dataFolder })
  second.engine().load()
  expect(await second.host.endpoint()).toMatchObject({ on: true, port, token, origins: ['https://chat.example'] })
  expect(await models(port, token)).toBe(200)
})

test('a taken port is told in words; with another one it listens', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  const { port } = other.address() as { port: number }
  const set = withEndpoint()
  set.client.call('endpoint.change', { on: true, port })
  await until(() => set.client.last('endpoint.changed')?.failure !== null)
  expect(read(set)).toMatchObject({ on: true, address: null, failure: { code: 'BUSY' } })
  // once it is free the same wish is enough
  other.close()
  await once(other, 'close')
  set.client.call('endpoint.change', { on: true })
  expect(await set.host.endpoint()).toMatchObject({ address: `http://127.0.0.1:${port}/v1`, failure: null })
})

test('what is no origin and no port is refused', () => {
  const set = withEndpoint()
  for (const origins of [['example.org'], ['https://a.b/c'], ['https://a b'], ['https://a,https://b'], ['']])
    expect(set.client.refusal('endpoint.change', { origins })).toBe('BAD_ARGUMENT')
  for (const port of [0, 65_536, 1.5, '80'])
    expect(set.client.refusal('endpoint.change', { port })).toBe('BAD_ARGUMENT')
  const origins = ['https://a.b:8', 'app://*', '*', 'chrome-extension://abc', 'http://[::1]:3000']
  expect(set.client.call('endpoint.change', { origins }).origins).toEqual(origins)
})
