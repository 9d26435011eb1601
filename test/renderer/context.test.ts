import { describe, expect, it, vi } from 'vitest'
import { Client } from '../../renderer/connection/client.ts'
import { portTransport } from '../../renderer/connection/port.ts'
import { Workspace } from '../../renderer/state/workspace.svelte.ts'
import { FakeHost } from './fake/host.ts'
import { rememberLong } from './fake/past.ts'

async function opened(host: FakeHost, conversationId: number | null = null) {
  const space = new Workspace(new Client(portTransport(host)), conversationId)
  await vi.waitFor(() => {
    expect(space.application.settings).not.toBeNull()
    expect(space.chat.conversation?.id ?? null).toBe(conversationId)
  })
  return space
}

/** In a conversation that no longer fits the 1,024 tokens of the model. */
async function full() {
  const host = new FakeHost({ pace: { tokenMs: 0, prefillMs: 0 } })
  rememberLong(host, 9)
  const [conversation] = host.conversations.list()
  const space = await opened(host, conversation!.id)
  return { host, space, id: conversation!.id }
}

async function follow(space: Workspace, text: string) {
  const before = space.context.count
  space.context.follow(text)
  await vi.waitFor(() => {
    expect(space.context.count).not.toBe(before)
  })
}

describe('the context', () => {
  it('has room in a new conversation, and warns of a message that is too long by itself', async () => {
    const space = await opened(new FakeHost())
    expect(space.context.limit).toBe(1024)
    await follow(space, 'word '.repeat(10))
    expect(space.context).toMatchObject({ state: 'roomy', used: 13, room: 1011, fits: true })
    await follow(space, 'word '.repeat(700))
    expect(space.context).toMatchObject({ state: 'scarce', fits: true })
    await follow(space, 'word '.repeat(2000))
    expect(space.context).toMatchObject({ state: 'tooLong', fits: false })
  })

  it('that is full leaves the choice to the person, and the choice is kept with the conversation', async () => {
    const { host, space, id } = await full()
    await follow(space, '')
    expect(space.context).toMatchObject({ state: 'full', overflow: 'ask', fits: false, readsFrom: null })
    await space.context.choose('stop')
    expect(space.context).toMatchObject({ state: 'ended', fits: false })
    await space.context.choose('drop')
    await follow(space, 'and now?')
    expect(host.conversations.get(id).overflow).toBe('drop')
    expect(space.context).toMatchObject({ state: 'cut', fits: true })
    const cut = space.chat.path.findIndex(({ id: message }) => message === space.context.readsFrom)
    expect(cut).toBeGreaterThan(0)
    expect(space.chat.path[cut]!.role).toBe('user')
  })

  it('is said to be full where the host refuses a message, without a notice and without a trace', async () => {
    const { space } = await full()
    const before = space.chat.messages.length
    expect(await space.chat.send('and now?', space.chat.leafId)).toBe(false)
    expect(space.context.state).toBe('full')
    expect(space.notices.all).toEqual([])
    expect(space.chat.messages).toHaveLength(before)
  })
})

describe('a refused first message', () => {
  it('leaves no conversation behind', async () => {
    const host = new FakeHost()
    const space = await opened(host)
    expect(await space.chat.send('word '.repeat(2000), null)).toBe(false)
    expect(host.conversations.list()).toEqual([])
    expect(space.chat.conversation).toBeNull()
    expect(space.notices.all).toHaveLength(1)
  })
})

describe('drafts', () => {
  it('are kept by the host, each with its conversation, and come back with the page', async () => {
    const { host, space, id } = await full()
    space.drafts.write(null, 'new')
    space.drafts.write(id, 'half a sentence')
    space.drafts.flush()
    await vi.waitFor(() => {
      expect(host.context.drafts.get(id)).toBe('half a sentence')
    })
    const again = await opened(host)
    await vi.waitFor(() => {
      expect([again.drafts.of(null), again.drafts.of(id)]).toEqual(['new', 'half a sentence'])
    })
  })

  it('are saved while a person types, without a word from the page', async () => {
    const { host, space } = await full()
    space.drafts.write(null, 'n')
    space.drafts.write(null, 'ne')
    await vi.waitFor(() => {
      expect(host.context.drafts.get(null)).toBe('ne')
    })
  })

  it('go when they are sent; what is typed meanwhile goes on in the conversation that began', async () => {
    const host = new FakeHost()
    const space = await opened(host)
    space.drafts.write(null, 'first')
    space.drafts.sent('first', null, 7)
    expect([space.drafts.of(null), space.drafts.of(7)]).toEqual(['', ''])
    space.drafts.write(null, 'first and more')
    space.drafts.sent('first', null, 7)
    expect([space.drafts.of(null), space.drafts.of(7)]).toEqual(['', 'first and more'])
    space.drafts.write(7, 'second, typed on')
    space.drafts.sent('second', 7, 7)
    expect(space.drafts.of(7)).toBe('second, typed on')
  })
})
