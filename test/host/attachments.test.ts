import { expect, test } from 'vitest'
import { fenced } from '../../electron/contract/attachments.ts'
import { piecesOf } from '../../electron/host/file-tokens.ts'
import { LOADED } from './samples.ts'
import type { Stage } from './support.ts'
import { readyStage, until } from './support.ts'

const NOTES = { name: 'notes.md', text: '# Whales\nThey sleep near the surf.\n' }

const send = (set: Stage, conversationId: number | null, text: string, attachments: number[]) =>
  set.client.call('chat.send', { conversationId, parentId: null, text, budget: 50, attachments })

/** Answers what the engine is asked to count, each with `tokens`. */
async function countAll({ engine }: Stage, tokens: readonly number[]): Promise<void> {
  const asked = () => engine().sent.filter(({ type }) => type === 'count')
  for (const [index, whole] of tokens.entries()) {
    await until(() => asked().length > index)
    const { request } = asked()[index] as { request: number }
    engine().say({ type: 'counted', request, counts: { whole, newest: whole, read: whole, leftOut: 0 } })
  }
}

test('a file goes to the model before the question, in a fence longer than any in it', async () => {
  const set = readyStage()
  const { client, engine } = set
  const notes = client.call('attachment.add', NOTES)
  const code = client.call('attachment.add', { name: 'how.txt', text: 'so: ````\nx\n````' })
  expect(notes).toEqual({ id: notes.id, name: 'notes.md', bytes: 35 })
  const { turn, conversation } = send(set, null, 'Where do they sleep?', [code.id, notes.id])
  expect(turn).toMatchObject({ text: 'Where do they sleep?', attachments: [code, notes] })
  expect(conversation!.title).toBe('Where do they sleep?')
  await until(() => engine().last('generate') !== undefined)
  expect(engine().last('generate')!.turns).toEqual([
    {
      role: 'user',
      content: [
        'File: how.txt\n`````txt\nso: ````\nx\n````\n`````',
        'File: notes.md\n```md\n# Whales\nThey sleep near the surf.\n```',
        'Where do they sleep?',
      ].join('\n\n'),
    },
  ])
  expect(client.call('attachment.read', { id: notes.id })).toEqual({ ...notes, text: NOTES.text })
})

test('a million fences in a file are no trouble', () => {
  expect(fenced({ name: 'x', text: '`\n'.repeat(300_000) }).startsWith('File: x\n```\n')).toBe(true)
})

test('files alone are a message, with their names as the title; an unknown one is refused and nothing is kept', () => {
  const set = readyStage()
  const file = set.client.call('attachment.add', NOTES)
  expect(send(set, null, '', [file.id]).conversation!.title).toBe('notes.md')
  const params = { conversationId: null, parentId: null, text: 'x', budget: 50, attachments: [999] }
  expect(set.client.refusal('chat.send', params)).toBe('NOT_FOUND')
  expect(set.client.call('conversation.list', {})).toHaveLength(2)
})

test('a file that is too large or empty is refused', () => {
  const { client } = readyStage()
  expect(client.refusal('attachment.add', { name: 'big.txt', text: 'ä'.repeat(600_000) })).toBe('BAD_ARGUMENT')
  expect(client.refusal('attachment.add', { name: 'none.txt', text: '' })).toBe('BAD_ARGUMENT')
})

test('files are kept with a draft over a restart, in their order, and those of nothing are forgotten', async () => {
  const set = readyStage()
  const { client, dataFolder } = set
  const [a, b, loose] = ['a', 'b', 'c'].map((name) => client.call('attachment.add', { name, text: name }))
  client.call('draft.write', { conversationId: null, text: '', attachments: [a!.id, b!.id] })
  client.call('draft.write', { conversationId: null, text: 'x', attachments: [b!.id, a!.id] })
  await set.close()
  const again = readyStage({ dataFolder })
  expect(again.client.call('draft.list', {})).toEqual([{ conversationId: null, text: 'x', attachments: [b, a] }])
  expect(again.client.refusal('attachment.read', { id: loose!.id })).toBe('NOT_FOUND')
  again.client.call('draft.write', { conversationId: null, text: 'x', attachments: [a!.id] })
  expect(again.client.refusal('attachment.read', { id: b!.id })).toBe('NOT_FOUND')
  send(again, null, 'x', [a!.id])
  again.client.call('draft.write', { conversationId: null, text: '' })
  expect(again.client.call('attachment.read', { id: a!.id }).text).toBe('a')
})

test('the tokens of files are counted once, and with the message as a whole where they fit', async () => {
  const set = readyStage()
  set.engine().say({ ...LOADED, model: { ...LOADED.model, contextLength: 64 } })
  const file = set.client.call('attachment.add', NOTES)
  const asked = { conversationId: null, parentId: null, text: 'Where?', attachments: [file.id] }
  const first = set.client.late('context.count', asked)
  await countAll(set, [20, 31])
  expect(await first).toMatchObject({ whole: 31, newest: 31, attachments: [{ id: file.id, tokens: 20 }] })
  expect(set.engine().last('count')!.turns).toEqual([{ role: 'user', content: `${fenced(NOTES)}\n\nWhere?` }])
  const second = set.client.late('context.count', asked)
  await countAll(set, [20, 31, 31])
  expect(await second).toMatchObject({ whole: 31, attachments: [{ id: file.id, tokens: 20 }] })
})

test('a file beyond the context is not counted anew with every word, and the refusal says by how many tokens', async () => {
  const set = readyStage()
  set.engine().say({ ...LOADED, model: { ...LOADED.model, contextLength: 64 } })
  const file = set.client.call('attachment.add', { name: 'long.txt', text: 'word\n'.repeat(10_000) })
  const sent = set.client.late('chat.send', {
    conversationId: null,
    parentId: null,
    text: 'Where?',
    budget: 50,
    attachments: [file.id],
  })
  const refused = expect(sent).rejects.toThrow(/takes about 8\d,009 tokens, 8\d,946 more than the model reads/)
  await countAll(set, [100, 100, 100, 9])
  await refused
  expect(set.engine().last('count')!.turns).toEqual([{ role: 'user', content: 'Where?' }])
  expect(set.client.call('attachment.read', { id: file.id }).name).toBe('long.txt')
})

test('a file is cut into pieces after lines, and never within a character', () => {
  const text = 'ab\ncd😀'.repeat(3)
  for (const most of [2, 3, 4, 7]) {
    const pieces = [...piecesOf(text, most)]
    expect(pieces.join('')).toBe(text)
    expect(pieces.every((piece) => piece.isWellFormed())).toBe(true)
  }
})

test('what a new chat is to have of its own is kept over a restart', async () => {
  const set = readyStage()
  const own = { systemPrompt: 'Be brief.', sampling: { temperature: 0 } }
  set.client.call('draft.configure', { settings: own })
  await set.close()
  const again = readyStage({ dataFolder: set.dataFolder })
  expect(again.client.call('draft.settings', {})).toEqual(own)
  again.client.call('draft.configure', { settings: { systemPrompt: null, sampling: {} } })
  expect(again.client.call('draft.settings', {})).toEqual({ systemPrompt: null, sampling: {} })
})
