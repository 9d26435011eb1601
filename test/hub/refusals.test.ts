import { expect, test } from 'vitest'
import { endpointOf, parseRepository } from '../../models/hub/address.ts'
import { hubOfMachine } from '../../models/hub/machine.ts'
import { FAULTS, TestHub } from './server.ts'
import { FILES, NAME, run } from './support.ts'

async function hubWith(more: Parameters<TestHub['add']>[2]): Promise<TestHub> {
  const hub = await TestHub.start()
  hub.add(NAME, FILES, more)
  return hub
}

test('the token goes to the Hub, and never to the host that it points to', async () => {
  const hub = await hubWith({ token: 'hf_secret', private: true })
  await run(hub, { token: 'hf_secret' })
  const at = (host: 'hub' | 'cdn') =>
    hub.asked.filter((each) => each.host === host).map(({ headers }) => headers.authorization)
  expect(new Set(at('hub'))).toEqual(new Set(['Bearer hf_secret']))
  expect(at('cdn')).toEqual([undefined])
})

test('a gated repository says what to do, without a token and with one', async () => {
  const hub = await hubWith({ token: 'hf_in', gated: true })
  await expect(run(hub)).rejects.toMatchObject({
    code: 'HUB_GATED',
    message: `${NAME} is given only to those who accept its terms. Accept the model's terms on its page, then give Depthwise a token.`,
  })
  await expect(run(hub, { token: 'hf_out' })).rejects.toThrow('wait until its makers let you in')
  await run(hub, { token: 'hf_in' })
})

test('missing and private look the same to a stranger, and the sentence says so', async () => {
  const hub = await hubWith({ token: 'hf_in', private: true })
  await expect(run(hub)).rejects.toMatchObject({
    code: 'HUB_NOT_FOUND',
    message: expect.stringMatching(/none of that name, or it is private, or .* terms/) as string,
  })
  hub.repositories.clear()
  await expect(run(hub)).rejects.toMatchObject({
    code: 'HUB_NOT_FOUND',
    detail: expect.stringContaining('HTTP 401') as string,
  })
  await expect(run(hub, { token: 'hf_in' })).rejects.toThrow('your token may not see it')
})

test('a token that the Hub does not know is told apart', async () => {
  const hub = await hubWith({})
  await expect(run(hub, { token: 'wrong' })).rejects.toMatchObject({
    code: 'HUB_REFUSED',
    message: expect.stringContaining('does not know this token') as string,
  })
})

test('a revision that is not there is named', async () => {
  const hub = await hubWith({})
  await expect(run(hub, { revision: 'v9' })).rejects.toMatchObject({
    code: 'HUB_NOT_FOUND',
    message: `${NAME} has no branch, tag or commit “v9”.`,
  })
})

test.each([
  [
    403,
    { 'X-Error-Message': 'Please enable access to public gated repositories in your fine-grained token settings' },
    'HUB_REFUSED',
    'fine-grained',
  ],
  [403, { 'X-Error-Message': 'Access to this resource is disabled.' }, 'HUB_REFUSED', 'taken'],
  [418, {}, 'HUB_REFUSED', 'unexpected'],
] as const)('HTTP %i with %o is %s', async (status, headers, code, word) => {
  const hub = await hubWith({})
  hub.hubFaults = [FAULTS.status(status, headers)]
  await expect(run(hub)).rejects.toMatchObject({ code, message: expect.stringContaining(word) as string })
})

test('redirects in circles and to addresses that are not safe are refused', async () => {
  const hub = await hubWith({})
  hub.hubFaults = [FAULTS.status(302, { Location: '/again' })]
  await expect(run(hub)).rejects.toMatchObject({
    code: 'HUB_REFUSED',
    message: expect.stringContaining('circles') as string,
  })
  hub.hubFaults = [FAULTS.status(302, { Location: 'file:///etc/passwd' })]
  await expect(run(hub)).rejects.toMatchObject({ code: 'HUB_REFUSED' })
})

test.each([
  ['only .bin', { 'config.json': '{}', 'pytorch_model.bin': 'x' }, 'can run code'],
  ['only GGUF', { 'README.md': '', 'a.Q4_0.gguf': 'x' }, 'GGUF'],
  ['no config', { 'model.safetensors': 'x' }, 'no config.json'],
  ['no weights', { 'config.json': '{}' }, 'no model.safetensors'],
])('a repository with %s is refused before anything is written', async (_what, files, words) => {
  const hub = await TestHub.start()
  hub.add(NAME, files)
  await expect(run(hub)).rejects.toMatchObject({
    code: 'MODEL_UNSUPPORTED',
    message: expect.stringContaining(words) as string,
  })
})

test.each([
  ['ByteDance/Ouro-1.4B-Thinking', null, 'ByteDance/Ouro-1.4B-Thinking', null],
  [' gpt2 ', 'v1', 'gpt2', 'v1'],
  ['https://huggingface.co/Qwen/Qwen3-0.6B', null, 'Qwen/Qwen3-0.6B', null],
  ['https://www.huggingface.co/Qwen/Qwen3-0.6B/', null, 'Qwen/Qwen3-0.6B', null],
  ['https://hf.co/Qwen/Qwen3-0.6B/tree/refs%2Fpr%2F1', null, 'Qwen/Qwen3-0.6B', 'refs/pr/1'],
  ['https://huggingface.co/a/b/blob/main/config.json', null, 'a/b', 'main'],
  ['https://huggingface.co/a/b/tree/x?not=seen', 'y', 'a/b', 'y'],
  ['depthwise://models/huggingface/tomg-group-umd/huginn-0125', null, 'tomg-group-umd/huginn-0125', null],
  ['depthwise://models/huggingface/a/b?revision=c', null, 'a/b', 'c'],
])('%s (%s) is %s at %s', (text, revision, name, found) => {
  expect(parseRepository(text, revision)).toEqual({ name, revision: found })
})

test.each([
  '',
  'a/b/c',
  '../b',
  'a/..',
  'https://example.com/a/b',
  'file:///a/b',
  'depthwise://delete/a/b',
  'a b',
  'a--b/c',
  'a/b.git',
])('“%s” is no repository', (text) => {
  expect(() => parseRepository(text)).toThrow(expect.objectContaining({ code: 'BAD_ARGUMENT' }))
})

test('a revision cannot lead out of its address', () => {
  expect(() => parseRepository('a/b', '../../x')).toThrow(expect.objectContaining({ code: 'BAD_ARGUMENT' }))
})

test('HF_ENDPOINT is honoured, HF_HUB_OFFLINE too', () => {
  expect(endpointOf({ HF_ENDPOINT: 'https://mirror.example//' })).toBe('https://mirror.example')
  expect(endpointOf({})).toBe('https://huggingface.co')
  expect(() => endpointOf({ HF_ENDPOINT: 'mirror' })).toThrow('HF_ENDPOINT')
  expect(() => hubOfMachine({}, { HF_HUB_OFFLINE: '1' })).toThrow('HF_HUB_OFFLINE')
})
