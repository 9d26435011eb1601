import { expect, test } from 'vitest'
import type { PortableConversation } from '../../../electron/contract/portable.ts'
import type { Read, Source } from '../../../renderer/exchange/read.ts'
import { isOfConversations, readConversations } from '../../../renderer/exchange/read.ts'
import { CHATGPT, LM_STUDIO } from './samples.ts'

/** A file that comes in chunks of so many bytes. */
function file(contents: string | Uint8Array, chunk = 7, name = 'conversations.json'): Source {
  const bytes = typeof contents === 'string' ? new TextEncoder().encode(contents) : contents
  return {
    name,
    size: bytes.length,
    stream: () => {
      let at = 0
      return new ReadableStream<Uint8Array>({
        pull(controller) {
          if (at >= bytes.length) controller.close()
          else controller.enqueue(bytes.slice(at, (at += chunk)))
        },
      })
    },
  }
}

async function readAll(source: Source): Promise<Read[]> {
  const reads: Read[] = []
  for await (const read of readConversations(source, () => undefined)) reads.push(read)
  return reads
}

const conversationsOf = (reads: readonly Read[]): PortableConversation[] =>
  reads.flatMap((read) => (read.kind === 'conversation' ? [read.conversation] : []))
const skippedOf = (reads: readonly Read[]): string[] =>
  reads.flatMap((read) => (read.kind === 'skipped' ? [`${read.title}: ${read.why}`] : []))
const lines = ({ messages }: PortableConversation): string[] =>
  messages.map(({ id, parent, role, text }) => `${id} under ${parent}, ${role}: ${text}`)

test('a tree of ChatGPT comes without tools, thoughts and hidden turns, and with every branch', async () => {
  const [conversation, ...others] = conversationsOf(await readAll(file(JSON.stringify([CHATGPT]))))
  expect(others).toEqual([])
  expect(conversation).toMatchObject({
    title: 'Lighthouse',
    origin: 'chatgpt:693d0000-1111-2222-3333-444455556666',
    createdAt: 1765672199250,
    updatedAt: 1765672300000,
    pinned: false,
  })
  expect(lines(conversation!)).toEqual([
    '1 under null, user: [Image]\n\nWhat is on it?',
    '2 under 1, assistant: Let me look it up.\n\nA lighthouse.',
    '3 under 2, user: How high?',
    '4 under 3, assistant: 30 metres.',
    '5 under 1, assistant: Another lighthouse.',
  ])
  expect(conversation!.leaf).toBe(4)
  expect(conversation!.messages[0]!.createdAt).toBe(1765672200500)
  expect(JSON.stringify(conversation)).not.toMatch(/secret|hmm|raw result|turn0/)
})

test('versions of LM Studio become branches, what follows hangs under the selected one', async () => {
  const [conversation] = conversationsOf(await readAll(file(JSON.stringify(LM_STUDIO, null, 2))))
  expect(conversation).toMatchObject({
    title: 'Qwen chat',
    origin: 'lm-studio:1780959551824',
    updatedAt: 1780959840000,
  })
  expect(lines(conversation!)).toEqual([
    '1 under null, user: Hi',
    '2 under 1, assistant: Hello.',
    '3 under 1, assistant: Good day!',
    '4 under 3, user: [Image]\n\nAnd this?',
  ])
  expect(conversation!.leaf).toBe(4)
  expect(conversation!.messages[1]!.createdAt).toBe(1780959836856)
})

test('every size of chunk gives the same, whatever stands in the texts', async () => {
  const odd = structuredClone(LM_STUDIO)
  odd.name = 'brackets ]}{[ "quoted" \\ , "conversations": [ ü 😀'
  const contents = JSON.stringify([odd, CHATGPT, odd])
  const whole = conversationsOf(await readAll(file(contents, contents.length * 2)))
  expect(whole.map(({ title }) => title)).toEqual([odd.name, 'Lighthouse', odd.name])
  for (const chunk of [1, 2, 3, 64, 1000]) {
    const parts = conversationsOf(await readAll(file(contents, chunk)))
    expect(parts.map((one) => ({ ...one, uid: '' }))).toEqual(whole.map((one) => ({ ...one, uid: '' })))
  }
})

test('bad entries are skipped and named, the others are read', async () => {
  const entries = [
    CHATGPT,
    { title: 'Broken', mapping: { a: 7 } },
    null,
    'text',
    { title: 'A recipe', ingredients: [] },
    { title: 'Empty', mapping: { root: { parent: null, children: [], message: null } } },
    LM_STUDIO,
  ]
  const reads = await readAll(file(JSON.stringify(entries)))
  expect(conversationsOf(reads).map(({ title }) => title)).toEqual(['Lighthouse', 'Qwen chat'])
  expect(skippedOf(reads)).toEqual([
    expect.stringMatching(/^Broken: it is not as it should be \(mapping\.a: /),
    expect.stringMatching(/^conversation 3 of conversations\.json: it is not a conversation of/),
    expect.stringMatching(/^conversation 4 of conversations\.json: it is not a conversation of/),
    expect.stringMatching(/^A recipe: it is not a conversation of/),
    'Empty: there is nothing in it that was written or answered',
  ])
})

test('files that are none of conversations are told apart', async () => {
  const why = async (contents: string | Uint8Array) => skippedOf(await readAll(file(contents)))
  expect(await why('')).toEqual(['conversations.json: it is not a file of conversations'])
  expect(await why(new Uint8Array(500))).toEqual(['conversations.json: it is not a file of conversations'])
  expect(await why('PK\u0003\u0004')).toEqual([expect.stringContaining('unpack it')])
  expect(await why('[]')).toEqual(['conversations.json: there is no conversation in it'])
  expect(await why('{"a": 1}')).toEqual([expect.stringContaining('it is not a conversation of')])
  expect(await why('{"title": "x" nonsense}')).toEqual(['conversations.json: it is damaged'])
  expect(await why(Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x7d))).toEqual(['conversations.json: it is damaged'])
})

test('a file that was cut off gives what was whole in it', async () => {
  const contents = JSON.stringify([LM_STUDIO, CHATGPT])
  const reads = await readAll(file(contents.slice(0, -50)))
  expect(conversationsOf(reads).map(({ title }) => title)).toEqual(['Qwen chat'])
  expect(skippedOf(reads)).toEqual([expect.stringContaining('it ends in the middle')])
})

test('a file of a newer version is refused with a sentence', async () => {
  const head = { format: 'depthwise-conversations', version: 2, folders: ['Work'] }
  const reads = await readAll(file(JSON.stringify({ ...head, conversations: [{ title: 'Later' }] })))
  expect(skippedOf(reads)).toEqual(['Later: it was exported by a newer version of Depthwise'])
})

test('files of conversations are known by their names', () => {
  for (const name of ['conversations.json', 'conversations-003.json', '1736789912980.conversation.json'])
    expect(isOfConversations(name)).toBe(true)
  for (const name of ['model.gguf', 'config.json', 'conversations.txt']) expect(isOfConversations(name)).toBe(false)
})
