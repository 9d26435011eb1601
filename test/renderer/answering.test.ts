import type { Mock } from 'vitest'
import { describe, expect, it, vi } from 'vitest'
import type { EventData } from '../../electron/contract/calls.ts'
import { Client } from '../../renderer/connection/client.ts'
import { portTransport } from '../../renderer/connection/port.ts'
import { Workspace } from '../../renderer/state/workspace.svelte.ts'
import type { Pace } from './fake/writer.ts'
import { FakeHost } from './fake/host.ts'

/** A window over the fake host, whose answers take some seconds. */
async function opened(pace: Pace = { tokenMs: 5, prefillMs: 5 }) {
  const host = new FakeHost({ pace })
  const space = new Workspace(new Client(portTransport(host)), null)
  await vi.waitFor(() => {
    expect(space.application.settings).not.toBeNull()
  })
  return { host, space }
}

/** Asks in a new conversation; gives the conversation and its answer, under way. */
async function ask(space: Workspace, text: string) {
  space.chat.startNew()
  expect(await space.chat.send(text, null)).toBe(true)
  return { conversationId: space.chat.conversationId!, messageId: space.chat.leafId!, answer: space.chat.answering! }
}

const budgetsTold = (told: Mock<FakeHost['emit']>): EventData<'chat.budget'>[] =>
  told.mock.calls.flatMap(([event, data]) => (event === 'chat.budget' ? [data as EventData<'chat.budget'>] : []))

describe('several conversations at once', () => {
  it('are written side by side; another one is free to write in', async () => {
    const { space } = await opened()
    const first = await ask(space, 'one')
    space.chat.startNew()
    expect(space.chat.answering).toBeNull()
    const second = await ask(space, 'two')
    await vi.waitFor(() => {
      for (const { answer } of [first, second]) expect(answer.tokens.length).toBeGreaterThan(3)
    })
    expect(first.answer.live && second.answer.live).toBe(true)
    expect([first, second].map(({ conversationId }) => space.running.in(conversationId).length)).toEqual([1, 1])
    await space.chat.open(first.conversationId)
    expect(space.chat.answering).toBe(first.answer)
    await vi.waitFor(() => {
      expect(space.running.in(first.conversationId)).toEqual([])
    })
    expect(space.chat.path.at(-1)).toMatchObject({ id: first.messageId, status: 'complete' })
    expect(space.running.watched(first.messageId)?.speeds.length).toBeGreaterThan(10)
  })

  it('stop is for the answer on view', async () => {
    const { host, space } = await opened()
    const first = await ask(space, 'one')
    const second = await ask(space, 'two')
    await space.chat.open(first.conversationId)
    await space.chat.stop()
    await vi.waitFor(() => {
      expect(space.chat.answering).toBeNull()
    })
    expect(host.conversations.messages.get(first.messageId)?.status).toBe('stopped')
    expect(second.answer.live).toBe(true)
    expect(second.answer.stopping).toBe(false)
  })

  it('the slider moves the answer on view, and each keeps its own budget', async () => {
    const { host, space } = await opened()
    const told = vi.spyOn(host, 'emit')
    const first = await ask(space, 'one')
    const second = await ask(space, 'two')
    space.budget.move(10)
    expect([first.answer.budget, second.answer.budget]).toEqual([60, 10])
    await space.chat.open(first.conversationId)
    expect(space.budget.value).toBe(60)
    space.budget.move(90)
    await space.chat.open(second.conversationId)
    expect(space.budget.value).toBe(10)
    space.chat.startNew()
    expect(space.budget.value).toBe(90)
    await vi.waitFor(() => {
      expect(budgetsTold(told)).toMatchObject([
        { messageId: second.messageId, budget: 10 },
        { messageId: first.messageId, budget: 90 },
      ])
    })
  })

  it('the last of several moves reaches its answer, whatever is on view by then', async () => {
    const { host, space } = await opened()
    const told = vi.spyOn(host, 'emit')
    const first = await ask(space, 'one')
    for (const budget of [10, 20, 30]) space.budget.move(budget)
    const second = await ask(space, 'two')
    space.budget.move(70)
    await vi.waitFor(() => {
      const last = budgetsTold(told).reduce((latest, { messageId, budget }) => latest.set(messageId, budget), new Map())
      expect([...last]).toEqual([
        [first.messageId, 30],
        [second.messageId, 70],
      ])
    })
  })

  it('a window that comes back knows which are being answered', async () => {
    const { host, space } = await opened()
    const first = await ask(space, 'one')
    const second = await ask(space, 'two')
    const late = new Workspace(new Client(portTransport(host)), first.conversationId)
    await vi.waitFor(() => {
      expect(late.chat.answering?.tokens.length).toBeGreaterThan(0)
    })
    expect(late.chat.answering?.messageId).toBe(first.messageId)
    expect(late.budget.value).toBe(60)
    expect(late.running.in(second.conversationId).map(({ messageId }) => messageId)).toEqual([second.messageId])
  })

  it('one that is deleted is under way no more', async () => {
    const { space } = await opened()
    const first = await ask(space, 'one')
    const second = await ask(space, 'two')
    await space.organising.delete(space.conversations.all.find(({ id }) => id === first.conversationId)!)
    expect(space.running.of(first.messageId)).toBeNull()
    expect(space.chat.answering).toBe(second.answer)
  })

  it('an answer waits until the host tells of its prompt', async () => {
    const { space } = await opened({ tokenMs: 5, prefillMs: 200 })
    const { answer } = await ask(space, 'one')
    expect(answer.waiting).toBe(true)
    await vi.waitFor(() => {
      expect(answer.waiting).toBe(false)
    })
    expect(answer.tokens).toEqual([])
  })
})

describe('answers beside one another', () => {
  it('are written at once, and the one on view is the one that is acted on', async () => {
    const { space } = await opened()
    const first = await ask(space, 'one')
    await vi.waitFor(() => {
      expect(first.answer.tokens.length).toBeGreaterThan(0)
    })
    expect(await space.chat.regenerate(space.chat.path.at(-1)!)).toBe(true)
    const second = space.chat.answering!
    expect(second).not.toBe(first.answer)
    expect(first.answer.live).toBe(true)
    await space.chat.showSibling(space.chat.path.at(-1)!, -1)
    expect(space.chat.answering).toBe(first.answer)
    await space.chat.stop()
    await vi.waitFor(() => {
      expect(first.answer.live).toBe(false)
    })
    expect(second.live).toBe(true)
  })
})
