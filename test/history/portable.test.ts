import { expect, test } from 'vitest'
import type { PortableConversation } from '../../electron/contract/portable.ts'
import type { History } from '../../electron/history/history.ts'
import { generation } from './samples.ts'
import { refusal, temporaryFolder, withHistory } from './support.ts'

/** As they come back from the disk: powers of two are kept exactly. */
const DETAILS = {
  likelihood: {
    text: ' sea',
    logProbability: -0.25,
    likeliest: [
      { text: ' sea', logProbability: -0.25 },
      { text: ' lake', logProbability: -2 },
    ],
  },
  gate: { score: 0.5, least: 0.25, passed: true },
}

/** A conversation with branches, a thought, budgets that were moved, in a folder and pinned. */
function furnished({ conversations, folders, messages }: History): number {
  const { id } = conversations.create('Seaside')
  const first = messages.addTurn(id, null, 'Where do whales sleep?', generation())
  const record = generation({
    depths: [3, 0, 2, 300],
    lengths: [1, 0, 5, 70_000],
    budgetChanges: [{ token: 3, budget: 12.5 }],
    thought: { text: 'Whales…', tokens: 2, ms: 12.5 },
    budgetRealised: 48.25,
    meanDepth: 1.75,
    finishReason: 'end',
    seed: 4_294_967_295,
    systemPrompt: 'Be brief.',
    modelId: 'gguf:/home/me/secret.gguf',
    readsFrom: first.turn.id,
  })
  messages.saveAnswer(first.answer.id, { status: 'complete', text: 'Near the surface. 🐋', generation: record })
  const other = messages.addAnswer(id, first.turn.id, generation({ budget: 5 }))
  messages.details.save(first.answer.id, { first: 0, details: [DETAILS, { likelihood: null, gate: null }] })
  conversations.setOverflow(id, 'drop')
  conversations.setModel(id, { id: 'folder:/home/me/secret', name: 'Mine', hash: 'abc' })
  const failure = { code: 'COMPUTE_FAILED', message: 'It failed.', detail: 'here' } as const
  messages.saveAnswer(other.id, { status: 'error', text: 'Half', generation: generation({ failure }) })
  messages.addTurn(id, first.answer.id, 'Really?', generation())
  conversations.select(id, other.id)
  conversations.pin(id, true)
  conversations.move(id, folders.create('Animals').id)
  return id
}

const imported = (conversation: PortableConversation, use: (history: History, id: number) => void): void => {
  withHistory(temporaryFolder(), (history) => {
    const { outcome, id } = history.portable.import(conversation, false)
    expect(outcome).toBe('imported')
    use(history, id)
  })
}

test('what is exported, imported and exported again is the same to the last token', () => {
  withHistory(temporaryFolder(), (history) => {
    const out = history.portable.export(furnished(history))
    expect(out).toMatchObject({ title: 'Seaside', pinned: true, folder: 'Animals', leaf: 3, origin: null })
    expect(out.messages.map(({ parent, role, status }) => [parent, role, status])).toEqual([
      [null, 'user', 'complete'],
      [1, 'assistant', 'complete'],
      [1, 'assistant', 'error'],
      [2, 'user', 'complete'],
      [4, 'assistant', 'interrupted'],
    ])
    expect(out.messages[1]!.generation).toMatchObject({ depths: [3, 0, 2, 300], thought: { text: 'Whales…' } })
    expect(out.messages[1]!.tokens).toEqual([{ first: 0, details: [DETAILS, { likelihood: null, gate: null }] }])
    expect(out).toMatchObject({ overflow: 'drop', model: { name: 'Mine', hash: 'abc' } })
    expect(out.messages[1]!.generation).toMatchObject({ systemPrompt: 'Be brief.', readsFrom: 1 })
    expect(JSON.stringify(out)).not.toContain('/home/me')
    const file = JSON.parse(JSON.stringify(out)) as PortableConversation
    imported(file, ({ conversations, folders, portable }, id) => {
      expect(portable.export(id)).toEqual(out)
      expect(conversations.list('surface')).toHaveLength(1)
      expect(conversations.get(id)).toMatchObject({ overflow: 'drop', model: { id: null, name: 'Mine' } })
      expect(folders.list().map(({ name }) => name)).toEqual(['Animals'])
    })
  })
})

test('our own is never there twice, and comes back from the trash', () => {
  withHistory(temporaryFolder(), (history) => {
    const { conversations, portable, trash } = history
    const id = furnished(history)
    const out = portable.export(id)
    expect(portable.import(out, true)).toEqual({ outcome: 'known', id })
    trash.add(id)
    expect(refusal(() => portable.export(id))).toBe('NOT_FOUND')
    expect(portable.import(out, false)).toEqual({ outcome: 'restored', id })
    expect(conversations.list()).toMatchObject([{ id, pinned: true }])
  })
})

test('one from another program is known by what it came from, and can be had again', () => {
  withHistory(temporaryFolder(), (history) => {
    const { conversations, portable } = history
    const from = { ...portable.export(furnished(history)), origin: 'chatgpt:1' }
    const first = portable.import({ ...from, uid: 'first-one' }, false)
    expect(first.outcome).toBe('imported')
    expect(portable.import({ ...from, uid: 'second-one' }, false)).toEqual({ outcome: 'known', id: first.id })
    expect(portable.import({ ...from, uid: 'third-one' }, true).outcome).toBe('imported')
    expect(conversations.list()).toHaveLength(3)
  })
})

test('a conversation that is no tree, or that the disk refuses, leaves nothing behind', () => {
  withHistory(temporaryFolder(), (history) => {
    const out = history.portable.export(furnished(history))
    const broken = (change: (copy: PortableConversation) => void) => {
      const copy = structuredClone({ ...out, uid: 'another-one', folder: 'Never' })
      change(copy)
      return refusal(() => history.portable.import(copy, false))
    }
    expect(broken(({ messages }) => (messages[1]!.parent = 2))).toBe('BAD_ARGUMENT')
    expect(broken(({ messages }) => (messages[1]!.parent = 5))).toBe('BAD_ARGUMENT')
    expect(broken(({ messages }) => (messages[1]!.id = 7))).toBe('BAD_ARGUMENT')
    expect(broken((copy) => (copy.leaf = 99))).toBe('BAD_ARGUMENT')
    // what the contract keeps out, so that the file refuses it in the middle of the transaction
    expect(broken(({ messages }) => ((messages[4] as { role: string }).role = 'tool'))).toBe('HISTORY_CORRUPT')
    expect(history.conversations.list()).toHaveLength(1)
    expect(history.folders.list().map(({ name }) => name)).toEqual(['Animals'])
    expect(history.search.find('whales').size).toBe(1)
  })
})
