import { describe, expect, it } from 'vitest'
import type { Endpoint } from '../../electron/contract/endpoint.ts'
import {
  addressOf,
  endpointDraftOf,
  exampleOf,
  readEndpointDraft,
  sentenceOf,
} from '../../renderer/settings/endpoint-form.ts'
import { EndpointState } from '../../renderer/state/endpoint.svelte.ts'
import { Client } from '../../renderer/connection/client.ts'
import { Notices } from '../../renderer/state/notices.svelte.ts'
import { FakeHost } from './fake/host.ts'

const OFF: Endpoint = {
  on: false,
  port: 8127,
  token: 'dw-x',
  origins: ['https://chat.example', 'app://*'],
  address: null,
  listening: [],
  failure: null,
  answering: 0,
}

describe('the form of the endpoint', () => {
  it('says the settings again when nothing was typed', () => {
    expect(readEndpointDraft(endpointDraftOf(OFF))).toEqual({ change: { port: 8127, origins: OFF.origins } })
  })

  it('reads one origin a line and forgets empty ones', () => {
    expect(readEndpointDraft({ port: ' 80 ', origins: '\n https://a.b \n\n*\n' })).toEqual({
      change: { port: 80, origins: ['https://a.b', '*'] },
    })
  })

  it.each([
    [{ port: '0', origins: '' }, ['port']],
    [{ port: '65536', origins: '' }, ['port']],
    [{ port: '', origins: 'example.org' }, ['port', 'origins']],
    [{ port: '8e3', origins: 'https://a.b/path' }, ['port', 'origins']],
  ] as const)('says what is wrong with %j', (draft, fields) => {
    const read = readEndpointDraft(draft)
    expect('errors' in read && Object.keys(read.errors)).toEqual(fields)
  })
})

it('what is listened to is said in a sentence', () => {
  const on = { ...OFF, on: true, address: 'http://127.0.0.1:9/v1', listening: ['127.0.0.1:9', '[::1]:9'] }
  expect([OFF, { ...OFF, on: true }, on, { ...on, answering: 1 }, { ...on, answering: 2 }].map(sentenceOf)).toEqual([
    'Off: nothing is listened to.',
    'Going on…',
    'Listening on 127.0.0.1:9 and [::1]:9.',
    'Listening on 127.0.0.1:9 and [::1]:9. One answer is under way.',
    'Listening on 127.0.0.1:9 and [::1]:9. 2 answers are under way.',
  ])
  const failure = { code: 'BUSY', message: 'Port 8127 cannot be used.' } as const
  expect(sentenceOf({ ...OFF, on: true, failure })).toBe('Port 8127 cannot be used.')
  expect([addressOf(OFF), addressOf(on)]).toEqual(['http://127.0.0.1:8127/v1', 'http://127.0.0.1:9/v1'])
})

it('the example holds a body that is JSON', () => {
  const body = /-d '([^']+)'/.exec(exampleOf('http://a/v1', 'dw-x'))![1]!
  expect(JSON.parse(body)).toMatchObject({ compute_budget: 50, messages: [{ role: 'user' }] })
})

it('the window follows the endpoint as the host tells of it', async () => {
  const host = new FakeHost()
  const transport = {
    send: (frame: unknown) => {
      host.send(frame)
    },
    listen: (receive: (frame: unknown) => void) => host.listen(receive),
    watch: () => undefined,
    retry: () => undefined,
  }
  const notices = new Notices()
  const state = new EndpointState(new Client(transport), notices)
  await state.refresh()
  expect(state.value).toMatchObject({ on: false, address: null })
  expect(await state.change({ on: true })).toBe(true)
  await expect.poll(() => state.value?.address).toBe('http://127.0.0.1:8127/v1')
  await state.change({ port: 80 })
  await expect.poll(() => state.value?.failure?.code).toBe('BUSY')
  const before = state.value!.token
  await state.newToken()
  expect(state.value!.token).not.toBe(before)
  expect(await state.change({ port: 0 })).toBe(false)
  expect(notices.all.at(-1)?.kind).toBe('error')
})
