import { describe, expect, it, vi } from 'vitest'
import { isOfModel } from '../../renderer/attachments/dropped.ts'
import { longText, pastedFiles, without } from '../../renderer/attachments/paste.ts'
import { cleanName, freeName, readText } from '../../renderer/attachments/read-text.ts'
import { rowsOf } from '../../renderer/attachments/rows.ts'
import { Client } from '../../renderer/connection/client.ts'
import { portTransport } from '../../renderer/connection/port.ts'
import { Workspace } from '../../renderer/state/workspace.svelte.ts'
import { FakeHost } from './fake/host.ts'

const file = (name: string, content: string | Uint8Array<ArrayBuffer>) => new File([content], name)
const bytes = (...values: number[]) => Uint8Array.from(values)

async function opened(host = new FakeHost({ pace: { tokenMs: 0, prefillMs: 0 } })) {
  const space = new Workspace(new Client(portTransport(host)), null)
  await vi.waitFor(() => {
    expect(space.application.settings).not.toBeNull()
  })
  return { host, space }
}

describe('a file is read as text', () => {
  it.each([
    ['UTF-8', new TextEncoder().encode('Grüße 😀\n'), 'Grüße 😀\n'],
    ['UTF-8 with a mark', bytes(0xef, 0xbb, 0xbf, 0x61), 'a'],
    ['UTF-16, little end first', bytes(0xff, 0xfe, 0x61, 0, 0xac, 0x20), 'a€'],
    ['UTF-16, big end first', bytes(0xfe, 0xff, 0, 0x61, 0x20, 0xac), 'a€'],
    [
      'colours of a terminal',
      new TextEncoder().encode(`\u001b[31mred\u001b[0m${' and a line of text'.repeat(9)}`),
      null,
    ],
  ])('in %s', async (_, content, text) => {
    const read = await readText(file('x', content))
    expect(read).toEqual({ text: text ?? new TextDecoder().decode(content) })
  })

  it.each([
    ['binary', bytes(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)],
    ['binary', bytes(0x61, 0, 0x62, 0, 0x63, 0)],
    ['binary', bytes(1, 2, 3, 4, 0x61)],
    ['binary', bytes(0xff, 0xfe, 0x61)],
    ['empty', bytes()],
    ['empty', bytes(0xef, 0xbb, 0xbf, 0x0a)],
    ['large', new Uint8Array(2 ** 20 + 1).fill(0x61)],
    ['large', new Uint8Array(2 ** 22).fill(0x61)],
  ])('and refused as %s', async (refusal, content) => {
    expect(await readText(file('x', content))).toEqual({ refusal })
  })

  it('and what cannot be read, such as a folder, is refused', async () => {
    const folder = { name: 'x', size: 4096, arrayBuffer: () => Promise.reject(new Error('NotFoundError')) }
    expect(await readText(folder)).toEqual({ refusal: 'unreadable' })
  })
})

it('a second file of a name gets a number before its ending, and a name stays on one line', () => {
  expect(freeName('a.tar.gz', ['a.tar.gz', 'a.tar (2).gz'])).toBe('a.tar (3).gz')
  expect(freeName('.env', ['.env'])).toBe('.env (2)')
  expect(cleanName('a\nb\u0000.txt ')).toBe('a b .txt')
  const long = cleanName(`${'x'.repeat(300)}.csv`)
  expect([long.length, long.endsWith('.csv')]).toEqual([200, true])
})

it('rows of a text follow each other, end after lines where they can, and none is long', () => {
  const text = `${'short\n'.repeat(500)}${'😀'.repeat(9000)}\n\nend`
  const rows = rowsOf(text)
  expect(rows.map(({ start, end }) => text.slice(start, end)).join('')).toBe(text)
  expect(Math.max(...rows.map(({ start, end }) => end - start))).toBeLessThanOrEqual(4000)
  expect(rows.every(({ start, end }) => text.slice(start, end).isWellFormed())).toBe(true)
  expect(text.slice(rows[0]!.start, rows[0]!.end)).toBe('short\n'.repeat(40))
  expect(rowsOf(`${'short\n'.repeat(30)}${'a'.repeat(200)}\n\nend`).map(({ lines }) => lines)).toEqual([35])
})

it('what is pasted: files, but not the picture of a text; a long text as it will stand in the field', () => {
  const clipboard = (files: File[], text = '') => ({ files, getData: () => text })
  const picture = new File(['x'], 'image.png', { type: 'image/png' })
  expect(pastedFiles(clipboard([picture], 'a table'))).toEqual([])
  expect(pastedFiles(clipboard([picture]))).toEqual([picture])
  const table = file('a.csv', 'x')
  expect(pastedFiles(clipboard([table], 'a.csv'))).toEqual([table])
  expect(longText(clipboard([], 'short'))).toBeNull()
  expect(longText(clipboard([], 'line\r\n'.repeat(1000)))).toBe('line\n'.repeat(1000))
  expect(without('a $& b', '$&')).toBe('a  b')
})

it('a dropped folder or file of weights is a model', () => {
  const dropped = (name: string, isDirectory = false) => ({
    files: [{ name }],
    items: [{ webkitGetAsEntry: () => ({ isDirectory }) }],
  })
  expect([isOfModel(dropped('m.GGUF')), isOfModel(dropped('m', true)), isOfModel(dropped('m.txt'))]).toEqual([
    true,
    true,
    false,
  ])
})

describe('files of a draft', () => {
  it('are kept by the host, come back with the page, go to the model, and go when they are sent', async () => {
    const { host, space } = await opened()
    const target = space.drafts.target(null)
    await space.attachments.add([file('a.txt', 'one'), file('a.txt', 'two'), file('b.png', bytes(0))], target)
    expect(space.drafts.filesOf(null).map(({ name }) => name)).toEqual(['a.txt', 'a (2).txt'])
    expect(space.notices.all.map(({ text }) => text)).toEqual(['“b.png” is no text file; only text can be attached.'])
    space.drafts.flush()
    const again = (await opened(host)).space
    await vi.waitFor(() => {
      expect(again.drafts.filesOf(null)).toEqual(space.drafts.filesOf(null))
    })
    const files = again.drafts.filesOf(null)
    again.context.follow('', files)
    await vi.waitFor(() => {
      expect(again.context.fileTokens).toEqual(files.map(({ id }) => ({ id, tokens: 1 })))
    })
    expect(await again.chat.send('', null, files)).toBe(true)
    again.drafts.sent('', null, again.chat.conversationId, files)
    expect(again.drafts.filesOf(null)).toEqual([])
    expect(again.chat.messages[0]).toMatchObject({ attachments: files })
  })

  it('stay where the message is refused, with what was prepared for the new chat', async () => {
    const { host, space } = await opened()
    const own = { systemPrompt: 'Be brief.', sampling: {} }
    await space.ownSettings.show(null)
    await space.ownSettings.change(own)
    await space.attachments.add([file('long.log', 'word '.repeat(2000))], space.drafts.target(null))
    const files = space.drafts.filesOf(null)
    expect(await space.chat.send('What is in it?', null, files)).toBe(false)
    expect(space.drafts.filesOf(null)).toBe(files)
    expect(host.conversations.list()).toEqual([])
    expect(host.context.prepared).toEqual(own)
    const again = (await opened(host)).space
    await vi.waitFor(() => {
      expect(again.ownSettings.forNew).toEqual({ settings: own })
    })
  })

  it('that were attached while a first message was under way go on in the conversation that began', async () => {
    const { space } = await opened()
    const [a, b] = [
      { id: 1, name: 'a', bytes: 1 },
      { id: 2, name: 'b', bytes: 1 },
    ]
    space.drafts.attach(null, [a, b])
    space.drafts.sent('', null, 7, [a])
    expect([space.drafts.filesOf(null), space.drafts.filesOf(7)]).toEqual([[], [b]])
  })
})
