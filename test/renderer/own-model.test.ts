import { expect, it, vi } from 'vitest'
import { Client } from '../../renderer/connection/client.ts'
import { portTransport } from '../../renderer/connection/port.ts'
import { Workspace } from '../../renderer/state/workspace.svelte.ts'
import { FakeHost } from './fake/host.ts'

async function open() {
  const host = new FakeHost()
  const workspace = new Workspace(new Client(portTransport(host)), null)
  await vi.waitFor(() => {
    expect(workspace.library.models.length).toBeGreaterThan(1)
    expect(workspace.application.settings).not.toBeNull()
  })
  const other = workspace.library.models.find(({ current, problem }) => !current && problem === null)!
  return { host, workspace, other }
}

it('is taken by the next new conversation alone, and loaded only when that is answered', async () => {
  const { workspace, other } = await open()
  const { application, chat, ownModel } = workspace
  await ownModel.choose(other.id)
  expect(ownModel.described?.name).toBe(other.name)
  expect(ownModel.engine).toBeNull()
  expect(application.onView.phase).toBe('starting')
  expect(application.adjustable).toBe(other.adjustable)
  expect(application.contextLength).toBe(other.contextLength)
  await chat.send('Hello', null)
  await vi.waitFor(() => {
    expect(chat.conversation?.model).toMatchObject({ id: other.id, name: other.name })
    expect(application.onView).toMatchObject({ phase: 'ready', model: { name: other.name } })
  })
  expect(application.engine.model?.name).not.toBe(other.name)
  chat.startNew()
  expect(ownModel.chosen).toBeNull()
  expect(application.onView).toBe(application.engine)
})

it('is kept for the next new conversation by the host, until that is created', async () => {
  const { host, workspace, other } = await open()
  await workspace.ownModel.choose(other.id)
  const again = new Workspace(new Client(portTransport(host)), null)
  await vi.waitFor(() => {
    expect(again.ownModel.chosen).toMatchObject({ id: other.id, name: other.name })
  })
  await again.chat.send('Hello', null)
  const third = new Workspace(new Client(portTransport(host)), null)
  await vi.waitFor(() => {
    expect(third.library.models.length).toBeGreaterThan(1)
  })
  expect(third.ownModel.chosen).toBeNull()
})

it('that is the app’s is not apart from it, and one that is not here has gone', async () => {
  const { workspace, other } = await open()
  const { chat, library, ownModel } = workspace
  await ownModel.choose(library.current!.id)
  expect([ownModel.apart, ownModel.gone]).toEqual([false, false])
  await ownModel.choose(other.id)
  await chat.send('Hello', null)
  await vi.waitFor(() => {
    expect(chat.conversation).not.toBeNull()
  })
  chat.conversation = { ...chat.conversation!, model: { id: null, name: 'Far Away', hash: 'abc' } }
  expect([ownModel.apart, ownModel.gone]).toEqual([true, true])
  await ownModel.choose(null)
  await vi.waitFor(() => {
    expect(ownModel.gone).toBe(false)
  })
})
