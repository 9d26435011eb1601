import { strFromU8, unzipSync } from 'fflate'
import { expect, test } from 'vitest'
import { Client } from '../../../renderer/connection/client.ts'
import { portTransport } from '../../../renderer/connection/port.ts'
import type { ExportChoice } from '../../../renderer/exchange/export.ts'
import { exportAll, exportOne } from '../../../renderer/exchange/export.ts'
import { FileNames, fileNameOf } from '../../../renderer/exchange/file-names.ts'
import { importFiles } from '../../../renderer/exchange/import.ts'
import { FakeHost } from '../fake/host.ts'
import { organise, remember } from '../fake/past.ts'
import { CHATGPT, LM_STUDIO } from './samples.ts'

const MARKDOWN: ExportChoice = { format: 'markdown', thoughts: false }
const JSON_FILE: ExportChoice = { format: 'json', thoughts: false }

function opened(): { host: FakeHost; client: Client } {
  const host = new FakeHost()
  return { host, client: new Client(portTransport(host)) }
}

const fileOf = (name: string, value: unknown) =>
  Object.assign(new Blob([typeof value === 'string' ? value : JSON.stringify(value)]), { name })

async function take(client: Client, files: Parameters<typeof importFiles>[1], again?: ReadonlySet<string>) {
  const { signal } = new AbortController()
  return importFiles(client, files, { signal, told: () => undefined, ...(again && { again }) })
}

test('files of several programs are imported at once, and what is wrong with some is told', async () => {
  const { client } = opened()
  const files = [
    fileOf('conversations.json', [CHATGPT, { title: 'Odd' }]),
    fileOf('1.conversation.json', LM_STUDIO),
    fileOf('notes.json', 'no JSON at all'),
  ]
  const summary = await take(client, files)
  expect(summary).toMatchObject({ imported: 2, known: 0, cancelled: false })
  expect(summary.skipped.map(({ title }) => title)).toEqual(['Odd', 'notes.json'])
  const titles = (await client.call('conversation.list', {})).map(({ title }) => title)
  expect(titles.toSorted()).toEqual(['Lighthouse', 'Qwen chat'])
})

test('a second time is told, duplicates nothing, and only what was asked for comes again', async () => {
  const { client } = opened()
  const files = [fileOf('conversations.json', [CHATGPT]), fileOf('1.conversation.json', LM_STUDIO)]
  await take(client, files)
  const second = await take(client, files)
  expect(second).toMatchObject({ imported: 0, known: 2 })
  expect(await client.call('conversation.list', {})).toHaveLength(2)
  const third = await take(client, files, new Set([...second.repeatable].slice(0, 1)))
  expect(third).toMatchObject({ imported: 1, known: 0 })
  expect(await client.call('conversation.list', {})).toHaveLength(3)
})

test('an import that is stopped keeps what was there', async () => {
  const { client } = opened()
  const stop = new AbortController()
  const told = ({ conversations }: { conversations: number }) => {
    if (conversations === 1) stop.abort()
  }
  const files = [fileOf('1.json', CHATGPT), fileOf('2.json', LM_STUDIO)]
  const summary = await importFiles(client, files, { signal: stop.signal, told })
  expect(summary).toMatchObject({ imported: 1, cancelled: true })
  expect(await client.call('conversation.list', {})).toHaveLength(1)
})

test('all as JSON goes into another Depthwise, with its folders in their order', async () => {
  const { host, client } = opened()
  remember(host)
  organise(host)
  const { signal } = new AbortController()
  const shares: number[] = []
  const file = await exportAll(client, JSON_FILE, (share) => shares.push(share), signal)
  expect(file!.name).toMatch(/^depthwise-conversations-\d{4}-\d\d-\d\d\.json$/)
  expect(shares.at(-1)).toBe(1)
  const read = JSON.parse(await file!.contents.text()) as { conversations: unknown[] }
  expect(read).toMatchObject({ format: 'depthwise-conversations', version: 1 })
  expect(read.conversations).toHaveLength(4)

  const other = opened()
  expect(await take(other.client, [fileOf(file!.name, await file!.contents.text())])).toMatchObject({
    imported: 4,
    skipped: [],
  })
  expect(other.host.organising.folders.map(({ name }) => name)).toEqual(['Sailing', 'Letters to the council'])
  expect(await take(other.client, [fileOf(file!.name, await file!.contents.text())])).toMatchObject({
    imported: 0,
    known: 4,
  })
})

test('all as Markdown is a ZIP with a file for each, in their folders', async () => {
  const { host, client } = opened()
  remember(host)
  organise(host)
  const file = await exportAll(client, MARKDOWN, () => undefined, new AbortController().signal)
  expect(file!.name).toMatch(/\.zip$/)
  const entries = unzipSync(new Uint8Array(await file!.contents.arrayBuffer()))
  expect(Object.keys(entries).toSorted()).toEqual([
    'A loop in Python.md',
    'About the sea.md',
    'Letters to the council/Autumn and the other seasons.md',
    'Sailing/Names for a sailing boat that nobody has used before.md',
  ])
  expect(strFromU8(entries['About the sea.md']!)).toContain('# About the sea\n')
})

test('Markdown has model and budget of every answer, and thoughts only where they are asked for', async () => {
  const { host, client } = opened()
  remember(host)
  const { id } = (await client.call('conversation.list', {})).find(({ title }) => title === 'About the sea')!
  const answer = host.conversations.of(id).find(({ role }) => role === 'assistant')!
  answer.generation!.thought = { text: 'Waves?\nSalt.', tokens: 3, ms: 5 }
  answer.generation!.model = 'Toy, int8, 0a1b2c3d'
  const text = async (thoughts: boolean) =>
    (await exportOne(client, id, { format: 'markdown', thoughts })).contents.text()
  const plain = await text(false)
  expect(plain).toMatch(/## You\n\n\*\d{4}-\d\d-\d\d \d\d:\d\d\*\n\nTell me about the sea\.\n/)
  expect(plain).toMatch(/## Toy, int8, 0a1b2c3d\n\n\*.* · budget 60 %, 20 % from token 41 · realised/)
  expect(plain).not.toContain('Waves?')
  expect(await text(true)).toContain('### Thought\n\n> Waves?\n> Salt.\n\n### Answer\n')
})

test('titles become names of files on every system', () => {
  expect(fileNameOf('a/b\\c: "d"?')).toBe('a b c d')
  expect(fileNameOf('../../etc/passwd')).toBe('etc passwd')
  expect(fileNameOf('CON')).toBe('CON_')
  expect(fileNameOf(' \u202e. ')).toBe('Conversation')
  expect(fileNameOf('😀'.repeat(100))).toBe('😀'.repeat(80))
  const names = new FileNames()
  expect(['Sea', 'SEA', 'sea?'].map((title) => names.take(title, '.md'))).toEqual([
    'Sea.md',
    'SEA (2).md',
    'sea (3).md',
  ])
})
