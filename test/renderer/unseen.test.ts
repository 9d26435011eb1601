import { expect, it, vi } from 'vitest'
import { Client } from '../../renderer/connection/client.ts'
import { portTransport } from '../../renderer/connection/port.ts'
import type { Front } from '../../renderer/state/unseen.svelte.ts'
import { Workspace } from '../../renderer/state/workspace.svelte.ts'
import { FakeHost } from './fake/host.ts'
import { message } from './fake/values.ts'

function behind() {
  const host = new FakeHost()
  let seen: () => void = () => undefined
  const front = { isInFront: false, whenInFront: (then: () => void) => (seen = then), notify: vi.fn<Front['notify']>() }
  const workspace = new Workspace(new Client(portTransport(host)), null, 'models', front)
  const ended = (id: number, status: 'complete' | 'stopped' = 'complete') => {
    const answer = message({ id, conversationId: 1, role: 'assistant', status, text: 'Deep.' })
    host.emit('chat.ended', { message: answer })
  }
  const comeToFront = () => {
    seen()
  }
  return { host, front, workspace, ended, comeToFront }
}

it('counts answers that end behind other windows, until it is in front', async () => {
  const { host, front, workspace, ended, comeToFront } = behind()
  host.conversations.create('About the sea', 0)
  await vi.waitFor(() => {
    expect(workspace.conversations.loaded && workspace.application.settings).toBeTruthy()
  })
  ended(11)
  ended(12)
  ended(13, 'stopped')
  expect(workspace.unseen.count).toBe(2)
  expect(front.notify).toHaveBeenCalledTimes(2)
  expect(front.notify.mock.calls[0]![0]).toEqual({ title: 'About the sea', body: 'Deep.' })
  front.notify.mock.calls[0]![1]()
  expect(workspace.navigation.view).toBe('chat')
  expect(workspace.chat.conversationId).toBe(1)
  comeToFront()
  expect(workspace.unseen.count).toBe(0)
  front.isInFront = true
  ended(14)
  expect(workspace.unseen.count).toBe(0)
  expect(front.notify).toHaveBeenCalledTimes(2)
})
