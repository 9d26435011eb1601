import { describe, expect, it, vi } from 'vitest'
import { findHits, fold, termsOf } from '../../electron/contract/matching.ts'
import { Client } from '../../renderer/connection/client.ts'
import { portTransport } from '../../renderer/connection/port.ts'
import { piecesOf } from '../../renderer/search/pieces.ts'
import { Workspace } from '../../renderer/state/workspace.svelte.ts'
import { FakeHost } from './fake/host.ts'
import { message } from './fake/values.ts'

async function opened(host: FakeHost) {
  const space = new Workspace(new Client(portTransport(host)), null)
  await vi.waitFor(() => {
    expect(space.application.settings).not.toBeNull()
  })
  return space
}

/** A conversation; each turn's parent is the one before unless it names another. */
function converse(host: FakeHost, texts: readonly (string | [text: string, after: number])[]) {
  const { conversations } = host
  const { id: conversationId } = conversations.create('Talk')
  const ids: number[] = []
  for (const [index, given] of texts.entries()) {
    const [text, after] = typeof given === 'string' ? [given, index - 1] : given
    const id = conversations.nextId()
    const role = index % 2 === 0 ? ('user' as const) : ('assistant' as const)
    conversations.messages.set(id, message({ id, conversationId, parentId: ids[after] ?? null, role, text }))
    ids.push(id)
  }
  conversations.change(conversationId, { leafId: ids.at(-1)! })
  return { conversationId, ids }
}

describe('the search', () => {
  it('opens at a message on another branch, and the branch on view becomes that one', async () => {
    const host = new FakeHost()
    const { conversationId, ids } = converse(host, [
      'one',
      'an otter',
      'more',
      'the otter, an Otter',
      ['other wording', -1],
      'answer',
    ])
    const space = await opened(host)
    space.search.look('otter')
    await vi.waitFor(() => {
      expect(space.search.result?.found).toHaveLength(1)
    })
    const [hit] = space.search.result!.found[0]!.messages
    expect(hit!.id).toBe(ids[3])
    await space.finder.show(conversationId, hit!.id, 'otter')
    expect(space.chat.path.map(({ id }) => id)).toEqual(ids.slice(0, 4))
    expect(host.conversations.get(conversationId).leafId).toBe(ids[3])
    expect(space.finder.places).toEqual([
      { messageId: ids[1], nth: 0 },
      { messageId: ids[3], nth: 0 },
      { messageId: ids[3], nth: 1 },
    ])
    expect(space.finder.current).toEqual({ messageId: ids[3], nth: 0 })
  })

  it('goes round through the hits, and says how many stand on other branches', async () => {
    const host = new FakeHost()
    const { conversationId, ids } = converse(host, ['otter', 'otter otter', ['an otter elsewhere', -1], 'nothing'])
    const space = await opened(host)
    await space.chat.open(conversationId)
    const { finder } = space
    finder.open()
    expect(finder.active).toBe(true)
    finder.look('otter', null)
    await vi.waitFor(() => {
      expect(finder.places).toHaveLength(1)
    })
    expect(finder.elsewhere).toBe(3)
    await space.chat.showMessage(ids[0]!)
    expect(finder.places).toHaveLength(3)
    for (const at of [1, 2, 0]) {
      finder.step(1)
      expect(finder.at).toBe(at)
    }
    finder.step(-1)
    expect(finder.current).toEqual({ messageId: ids[1], nth: 1 })
    space.chat.startNew()
    expect(finder.active).toBe(false)
  })

  it('begins at the first hit in or after what is in sight', async () => {
    const host = new FakeHost()
    const { conversationId, ids } = converse(host, ['otter', 'x', 'y', 'otter', 'z', 'otter'])
    const space = await opened(host)
    await space.chat.open(conversationId)
    space.finder.open()
    space.finder.look('OTTER', ids[2]!)
    await vi.waitFor(() => {
      expect(space.finder.current).toEqual({ messageId: ids[3], nth: 0 })
    })
  })
})

describe('a long conversation', () => {
  it('comes with its end, and reads what is wanted of the rest once', async () => {
    const host = new FakeHost()
    const { conversationId, ids } = converse(
      host,
      Array.from({ length: 300 }, (_, i) => `message ${i}`),
    )
    const space = await opened(host)
    await space.chat.open(conversationId)
    const { chat } = space
    expect(chat.path.map(({ id }) => id)).toEqual(ids)
    expect(chat.unread.size).toBe(240)
    expect(chat.path.at(-1)!.text).toBe('message 299')
    const sent = vi.spyOn(host, 'send')
    await Promise.all([chat.load(ids.slice(10, 13)), chat.load(ids.slice(10, 13)), chat.load(ids.slice(-3))])
    expect(sent).toHaveBeenCalledTimes(1)
    expect(chat.path.slice(9, 14).map(({ text }) => text)).toEqual(['', 'message 10', 'message 11', 'message 12', ''])
    expect(chat.path[11]!.role).toBe('assistant')
    await chat.reread()
    expect(chat.path[11]!.text).toBe('message 11')
    expect(chat.unread.size).toBe(237)
  })
})

it('finds without regard to case, diacritics and line breaks; what overlaps is found once', () => {
  expect(findHits('Café CAFE\u0301 cafe', ['cafe'])).toEqual([
    [0, 4],
    [5, 10],
    [11, 15],
  ])
  expect(findHits('the\nsea, the sea', ['the sea'])).toHaveLength(2)
  expect(findHits('seaside', ['sea', 'seaside', 'aside'])).toEqual([[0, 7]])
  expect(findHits('😀x😀', ['X', '😀'])).toEqual([
    [0, 2],
    [2, 3],
    [3, 5],
  ])
  expect(findHits('aaaa', ['a'], 2)).toHaveLength(2)
  expect(findHits('a.c abc', ['a.c', ''])).toEqual([[0, 3]])
  expect(fold('ÅNGSTRÖM')).toBe('angstrom')
  expect(termsOf('one "two three" "" four"')).toEqual(['one', 'two three', '""', 'four"'])
})

it('cuts a text at its marks, whatever they are', () => {
  expect(
    piecesOf('abcdef', [
      [1, 3],
      [2, 4],
      [5, 6],
      [6, 9],
      [5, 5],
    ]),
  ).toEqual([
    { piece: 'a', marked: false },
    { piece: 'bc', marked: true },
    { piece: 'de', marked: false },
    { piece: 'f', marked: true },
  ])
})
