import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { expect, test } from 'vitest'
import { matches } from '../../electron/endpoint/admission.ts'
import { openEndpoint } from '../../electron/endpoint/server.ts'
import { ask, ready, scripted, TOKEN } from './support.ts'

const errorOf = (json: unknown): unknown => (json as { error: unknown }).error

test('the names of this machine are answered on both loopback addresses, with /v1 and without', async () => {
  const { port, endpoint } = await ready()
  expect(endpoint.address).toBe(`http://127.0.0.1:${port}/v1`)
  for (const host of endpoint.listening.map((name) => name.replace(/:\d+$/, '').replaceAll(/[[\]]/g, ''))) {
    for (const name of ['127.0.0.1', 'localhost', '[::1]', 'LocalHost']) {
      const { status, json } = await ask(port, '/models', { host, headers: { Host: `${name}:${port}` } })
      expect([status, json]).toEqual([200, expect.objectContaining({ object: 'list' })])
    }
  }
  expect((await ask(port, '/v1/models?x=1')).json).toEqual((await ask(port, '/models/')).json)
})

test('another name of this machine is refused, as a page that rebinds its name would give one', async () => {
  const { port } = await ready()
  for (const name of [`evil.example:${port}`, '127.0.0.1', `127.0.0.1:${port + 1}`]) {
    const { status, json } = await ask(port, '/v1/models', { headers: { Host: name } })
    expect([status, errorOf(json)]).toEqual([403, expect.objectContaining({ code: 'forbidden', param: null })])
  }
})

test('nothing is told without the token', async () => {
  const { port } = await ready()
  for (const given of ['', 'Bearer', 'Bearer wrong', `Basic ${TOKEN}`, `Bearer ${TOKEN}x`, TOKEN]) {
    for (const url of ['/v1/models', '/v1/nothing']) {
      const { status, json } = await ask(port, url, { headers: { Authorization: given } })
      expect([status, errorOf(json)]).toEqual([
        401,
        { message: expect.any(String) as string, type: 'invalid_request_error', param: null, code: 'invalid_api_key' },
      ])
    }
  }
  expect((await ask(port, '/v1/models', { headers: { Authorization: `bearer ${TOKEN}` } })).status).toBe(200)
})

test('pages of allowed origins may ask, and read the answer, errors too', async () => {
  const { port, client } = await ready()
  client.call('endpoint.change', { origins: ['https://chat.example'] })
  for (const origin of [
    'app://obsidian.md',
    'http://localhost:3000',
    'vscode-webview://0a1b',
    'https://chat.example',
  ]) {
    for (const url of ['/v1/models', '/v1/nothing']) {
      const { headers } = await ask(port, url, { headers: { Origin: origin } })
      expect(headers['access-control-allow-origin']).toBe(origin)
      expect(headers.vary).toBe('Origin')
    }
  }
  for (const origin of ['https://evil.example', 'null', 'http://localhost.evil.example:3000', 'https://localhost:1']) {
    const { status, headers } = await ask(port, '/v1/models', { headers: { Origin: origin } })
    expect([status, headers['access-control-allow-origin']]).toEqual([403, undefined])
  }
})

test('a preflight needs no token and is told that whatever headers it asks for may come', async () => {
  const { port } = await ready()
  const { status, headers, body } = await ask(port, '/v1/chat/completions', {
    method: 'OPTIONS',
    headers: {
      Authorization: '',
      Origin: 'app://obsidian.md',
      'Access-Control-Request-Method': 'POST',
      'Access-Control-Request-Headers': 'authorization,content-type,x-stainless-os',
      'Access-Control-Request-Private-Network': 'true',
    },
  })
  expect([status, body]).toEqual([204, ''])
  expect(headers).toMatchObject({
    'access-control-allow-origin': 'app://obsidian.md',
    'access-control-allow-headers': 'authorization,content-type,x-stainless-os',
    'access-control-allow-methods': 'GET, POST, OPTIONS',
    'access-control-allow-private-network': 'true',
  })
  const evil = { method: 'OPTIONS', headers: { Origin: 'https://evil.example' } }
  expect((await ask(port, '/v1/models', evil)).status).toBe(403)
})

test('a pattern means what stands between its stars literally', () => {
  expect(matches('http://localhost:*', 'http://localhost:8080')).toBe(true)
  expect(matches('http://localhost:*', 'http://localhost')).toBe(false)
  expect(matches('vscode-webview://*', 'vscode-webview://a/b')).toBe(false)
  expect(matches('https://a.b', 'https://axb')).toBe(false)
  expect(matches('app://obsidian.md', 'APP://Obsidian.md')).toBe(true)
  expect(matches('*', 'https://anything.example')).toBe(true)
})

test('what is not served says what is', async () => {
  const { port } = await ready()
  const embeddings = await ask(port, '/v1/embeddings', { body: {} })
  expect([embeddings.status, errorOf(embeddings.json)]).toEqual([
    404,
    expect.objectContaining({
      code: 'unknown_url',
      message: expect.stringContaining('POST /v1/chat/completions') as string,
    }),
  ])
  expect((await ask(port, '/v1/chat/completions')).status).toBe(404)
  expect((await ask(port, '/v1/models/Toy')).json).toMatchObject({ id: 'Toy', meta: { n_ctx_train: 8192 } })
  const other = await ask(port, '/v1/models/gpt-4')
  expect([other.status, errorOf(other.json)]).toEqual([404, expect.objectContaining({ code: 'model_not_found' })])
})

test('a body must be JSON and of bearable size', async () => {
  const { port } = await ready()
  for (const raw of ['', '{', '\u0000']) {
    const { status, json } = await ask(port, '/v1/chat/completions', { raw, method: 'POST' })
    expect([status, errorOf(json)]).toEqual([400, expect.objectContaining({ code: 'invalid_json' })])
  }
  const large = await ask(port, '/v1/chat/completions', { raw: JSON.stringify('x'.repeat(9 * 2 ** 20)) })
  expect([large.status, errorOf(large.json)]).toEqual([413, expect.objectContaining({ code: 'request_too_large' })])
  // its length not told beforehand
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => undefined)
  socket.write(
    `POST /v1/responses HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAuthorization: Bearer ${TOKEN}\r\nTransfer-Encoding: chunked\r\n\r\n`,
  )
  const chunk = Buffer.concat([Buffer.from('100000\r\n'), Buffer.alloc(0x100000, 0x20), Buffer.from('\r\n')])
  for (let i = 0; i < 9; i++) socket.write(chunk)
  let told = ''
  for await (const part of socket) {
    told += String(part)
    if (told.includes('request_too_large')) break
  }
  expect(told).toMatch(/^HTTP\/1\.1 413 /)
})

test('a port that is taken is said in words, and nothing is listened to', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  const { port } = other.address() as { port: number }
  const set = await scripted({ endpoint: { open: openEndpoint, forced: { port } } })
  expect(set.endpoint).toMatchObject({ address: null, listening: [], failure: { code: 'BUSY' } })
  expect(set.endpoint.failure!.message).toBe(
    `Port ${port} cannot be used: another program listens there. Choose another port.`,
  )
  other.close()
})
