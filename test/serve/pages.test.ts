import { expect, test } from 'vitest'
import { readPage } from '../../electron/host/pages.ts'
import { builtPages, PAGE, request, served } from './support.ts'

test('the page is given with the policy that binds it, and nothing of the token ever comes to the server with it', async () => {
  const { server } = await served()
  const { status, headers, body } = await request(server.port, '/')
  expect({ status, body }).toEqual({ status: 200, body: PAGE })
  expect(headers).toMatchObject({
    'content-type': 'text/html; charset=utf-8',
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
    'x-dns-prefetch-control': 'off',
  })
  expect(headers['content-security-policy']).toBe(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; " +
      "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; " +
      "require-trusted-types-for 'script'; webrtc 'block'; trusted-types svelte-trusted-html chat-markdown",
  )
  expect(new URL(server.address)).toMatchObject({ hash: `#token=${server.token}`, search: '', pathname: '/' })
  expect(body).not.toContain(server.token)
  expect((await request(server.port, '/assets/main-1.js')).headers['content-type']).toContain('text/javascript')
})

test('only GET and HEAD, and only under its own name', async () => {
  const { server } = await served()
  const head = await request(server.port, '/', { method: 'HEAD' })
  expect(head).toMatchObject({ status: 200, body: '' })
  for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
    expect(await request(server.port, '/', { method })).toMatchObject({ status: 405, headers: { allow: 'GET, HEAD' } })
  }
  for (const host of ['evil.example', `evil.example:${server.port}`, `localhost:${server.port}`, '127.0.0.1']) {
    const answer = await request(server.port, '/', { headers: { Host: host } })
    expect(answer.status).toBe(403)
  }
})

const OUTSIDE = [
  '/../secret.txt',
  '/%2e%2e/secret.txt',
  '/%2e%2e%2fsecret.txt',
  '/..%5csecret.txt',
  '/..\\secret.txt',
  '/%252e%252e/secret.txt',
  '/assets/../../secret.txt',
  '/../renderer-other/x.txt',
  '//etc/passwd',
  '/link.txt',
  '/index.html%00.txt',
  '/index.html/',
  '/.hidden.txt',
  '/assets',
  '/assets/',
  '/assets/data.bin',
  '/C:/secret.txt',
  '/%E0%A4%A',
  '',
  'index.html',
]

test.each(OUTSIDE)('nothing is given for %j', async (path) => {
  expect(await readPage(builtPages(), path)).toBe(null)
})

test('over the wire neither', async () => {
  const { server } = await served()
  for (const path of OUTSIDE.filter((one) => one.startsWith('/'))) {
    expect((await request(server.port, path)).status).toBe(404)
  }
})
