import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Comparison, Question } from '../../electron/contract/compare.ts'
import type { Command } from '../../electron/contract/engine.ts'
import { copyOfTiny } from '../models/support.ts'
import { LOADED, READINGS } from './samples.ts'
import type { ScriptedEngine, Stage } from './support.ts'
import { ask, readyStage, summary, temporaryFolder, tokens, until } from './support.ts'

type Generate = Extract<Command, { type: 'generate' }>

const alone = (text: string): Question => ({ conversationId: null, parentId: null, turnId: null, text })

const asked = (engine: ScriptedEngine): Generate[] =>
  engine.sent.filter((command): command is Generate => command.type === 'generate')

/** Begins a comparison and waits until the engine has been asked for all columns. */
async function compare({ client, engine }: Stage, question: Question, budgets: number[], seed?: number) {
  const before = asked(engine()).length
  const columns = budgets.map((budget) => ({ budget }))
  const comparison = client.call('compare.begin', { question, columns, ...(seed !== undefined && { seed }) })
  await until(() => asked(engine()).length === before + budgets.length)
  return { comparison, requests: asked(engine()).slice(before) }
}

/** The engine writes a column to its end. */
function write(engine: ScriptedEngine, { id }: Generate, ...texts: string[]): void {
  engine.say({ type: 'prefill', id, done: 0, total: 5 })
  engine.say({ type: 'tokens', id, first: 0, tokens: tokens(...texts), readings: READINGS })
  engine.say({ type: 'finished', id, summary: summary({ tokens: texts.length }) })
}

const read = ({ client }: Stage): Comparison => client.call('compare.read', {})!

describe('a comparison', () => {
  it('asks for the same prompt, seed and sampling at the budget of each column, and keeps nothing', async () => {
    const set = readyStage()
    const before = set.client.call('conversation.list', {})
    const { comparison, requests } = await compare(set, alone('Why is the sky blue?'), [0, 50, 100])
    expect(requests.map(({ budget }) => budget)).toEqual([0, 50, 100])
    const [first] = requests
    expect(first!.turns).toEqual([{ role: 'user', content: 'Why is the sky blue?' }])
    for (const { seed, sampling, turns } of requests)
      expect({ seed, sampling, turns }).toEqual({ seed: first!.seed, sampling: first!.sampling, turns: first!.turns })
    requests.forEach((request, i) => {
      write(set.engine(), request, 'Column ', String(i))
    })
    expect(read(set)).toMatchObject({
      id: comparison.id,
      columns: [0, 1, 2].map((i) => ({ status: 'complete', text: `Column ${i}`, kept: null })),
    })
    expect(set.client.call('conversation.list', {})).toEqual(before)
    expect(set.client.all('chat.started')).toEqual([])
  })

  it('reads the files of the question that it takes, as the answer to it did', async () => {
    const set = readyStage()
    const file = set.client.call('attachment.add', { name: 'notes.md', text: 'Gannets nest on cliffs.' })
    const message = { conversationId: null, parentId: null, text: 'Where do they nest?', attachments: [file.id] }
    const { turn } = set.client.call('chat.send', { ...message, budget: 50 })
    await until(() => asked(set.engine()).length === 1)
    const answered = asked(set.engine())[0]!
    write(set.engine(), answered, 'On cliffs.')
    const question = { conversationId: turn.conversationId, parentId: null, turnId: turn.id, text: turn.text }
    const { requests } = await compare(set, question, [0, 100])
    expect(JSON.stringify(answered.turns)).toContain('Gannets nest on cliffs.')
    for (const { turns } of requests) expect(turns).toEqual(answered.turns)
  })

  it('a slider moves its own column, at once where that waits, else from the next token on', async () => {
    const set = readyStage()
    const { comparison, requests } = await compare(set, alone('Hello'), [0, 100])
    const [left, right] = comparison.columns.map(({ id }) => id)
    set.client.call('compare.budget', { columnId: right!, budget: 70 })
    expect(set.engine().last('budget')).toMatchObject({ id: requests[1]!.id, budget: 70 })
    const { id } = requests[0]!
    set.engine().say({ type: 'prefill', id, done: 0, total: 5 })
    set.engine().say({ type: 'tokens', id, first: 0, tokens: tokens('One'), readings: READINGS })
    set.client.call('compare.budget', { columnId: left!, budget: 30 })
    set.engine().say({ type: 'budgetApplied', id, token: 1, budget: 30 })
    expect(set.client.last('compare.budget')).toEqual({ columnId: left, token: 1, budget: 30 })
    expect(read(set).columns.map(({ generation }) => [generation.budget, generation.budgetChanges])).toEqual([
      [0, [{ token: 1, budget: 30 }]],
      [70, []],
    ])
  })

  it('stops one column or all', async () => {
    const set = readyStage()
    const { comparison, requests } = await compare(set, alone('Hello'), [0, 50, 100])
    const stops = () => set.engine().sent.flatMap((command) => (command.type === 'stop' ? [command.id] : []))
    set.client.call('compare.stop', { columnId: comparison.columns[1]!.id })
    expect(stops()).toEqual([requests[1]!.id])
    set.client.call('compare.stop', { columnId: null })
    expect(stops().sort()).toEqual(requests.map(({ id }) => id).sort())
  })

  it('the next one stops and replaces it, and is told to every window', async () => {
    const set = readyStage()
    const first = await compare(set, alone('One'), [0, 100])
    const second = await compare(set, alone('Two'), [0, 100])
    expect(set.engine().sent.filter(({ type }) => type === 'stop')).toHaveLength(2)
    for (const { id } of first.requests) {
      set.engine().say({ type: 'finished', id, summary: summary({ finishReason: 'stopped' }) })
    }
    expect(set.client.all('compare.column')).toEqual([])
    expect(set.client.last('compare.begun')).toEqual(second.comparison)
    expect(set.client.refusal('compare.keep', { columnId: first.comparison.columns[0]!.id })).toBe('NOT_FOUND')
  })

  it('a crash is said in each column that had begun, with what it has', async () => {
    const set = readyStage()
    const { requests } = await compare(set, alone('Hello'), [0, 100])
    for (const { id } of requests)
      set.engine().say({ type: 'tokens', id, first: 0, tokens: tokens('Half'), readings: READINGS })
    set.engine().exit('signal SIGSEGV')
    for (const column of read(set).columns) {
      expect(column).toMatchObject({ status: 'interrupted', text: 'Half' })
      expect(column.generation.failure?.code).toBe('ENGINE_STOPPED')
    }
  })

  it.each([
    ['EMPTY_PROMPT', { question: alone('  ') }],
    ['NOT_FOUND', { question: { ...alone('x'), conversationId: 99 } }],
    ['BAD_ARGUMENT', { columns: [{ budget: 1 }] }],
    ['BUDGET_OUT_OF_RANGE', { columns: [{ budget: 1 }, { budget: 101 }] }],
  ])('refuses with %s', (code, part) => {
    const { client } = readyStage()
    const params = { question: alone('x'), columns: [{ budget: 0 }, { budget: 100 }], ...part }
    expect(client.refusal('compare.begin', params)).toBe(code)
    expect(client.call('compare.read', {})).toBeNull()
  })
})

describe('a column that is kept', () => {
  it('becomes a conversation with its answer and all that is known of it; a second one stands beside it', async () => {
    const set = readyStage()
    const { comparison, requests } = await compare(set, alone('Why is the sky blue?'), [0, 100])
    const [left, right] = comparison.columns.map(({ id }) => id)
    expect(set.client.refusal('compare.keep', { columnId: left! })).toBe('BUSY')
    write(set.engine(), requests[0]!, 'It ', 'scatters.')
    write(set.engine(), requests[1]!, 'Short waves ', 'scatter more.')
    const kept = set.client.call('compare.keep', { columnId: right! })
    const { conversation, messages } = set.client.call('conversation.read', { id: kept.conversationId })
    expect(conversation).toMatchObject({ title: 'Why is the sky blue?', leafId: kept.messageId })
    expect(messages.map(({ text, status }) => [text, status])).toEqual([
      ['Why is the sky blue?', 'complete'],
      ['Short waves scatter more.', 'complete'],
    ])
    expect(messages[1]!.generation).toMatchObject({ budget: 100, depths: [2, 2], finishReason: 'end' })
    expect(set.client.call('message.tokenDetails', { messageId: kept.messageId, token: 0 }).details).toHaveLength(2)
    expect(set.client.last('compare.column')).toMatchObject({ id: right, kept })

    const second = set.client.call('compare.keep', { columnId: left! })
    expect(second.conversationId).toBe(kept.conversationId)
    const after = set.client.call('conversation.read', { id: kept.conversationId }).messages
    expect(after.map(({ parentId }) => parentId)).toEqual([null, messages[0]!.id, messages[0]!.id])
  })

  it('stands beside the answer whose question it was', async () => {
    const set = readyStage()
    const { turn, answer } = await ask(set, set.conversationId, null, 'Hello')
    set.engine().speak(0, 'Good day.')
    set.engine().finish()
    const question = { conversationId: set.conversationId, parentId: null, turnId: turn.id, text: 'Hello' }
    const { comparison, requests } = await compare(set, question, [0, 100], 7)
    expect(requests.map(({ seed, turns }) => [seed, turns])).toEqual([
      [7, [{ role: 'user', content: 'Hello' }]],
      [7, [{ role: 'user', content: 'Hello' }]],
    ])
    write(set.engine(), requests[0]!, 'Hi.')
    const kept = set.client.call('compare.keep', { columnId: comparison.columns[0]!.id })
    expect(kept.conversationId).toBe(set.conversationId)
    const { messages, conversation } = set.client.call('conversation.read', { id: set.conversationId })
    expect(conversation.leafId).toBe(kept.messageId)
    expect(messages.filter(({ parentId }) => parentId === turn.id).map(({ id, text }) => [id, text])).toEqual([
      [answer.id, 'Good day.'],
      [kept.messageId, 'Hi.'],
    ])
  })

  it('of another wording becomes a turn beside the one that it was made of', async () => {
    const set = readyStage()
    const { turn } = await ask(set, set.conversationId, null, 'Hello')
    set.engine().finish()
    const question = { conversationId: set.conversationId, parentId: null, turnId: null, text: 'Good evening' }
    const { comparison, requests } = await compare(set, question, [0, 100])
    write(set.engine(), requests[1]!, 'And to you.')
    set.client.call('compare.keep', { columnId: comparison.columns[1]!.id })
    const { messages } = set.client.call('conversation.read', { id: set.conversationId })
    const roots = messages.filter(({ parentId }) => parentId === null)
    expect(roots.map(({ id, text }) => [id === turn.id, text])).toEqual([
      [true, 'Hello'],
      [false, 'Good evening'],
    ])
  })

  it('is kept anew where the conversation of the first was deleted', async () => {
    const set = readyStage()
    const { comparison, requests } = await compare(set, alone('Hello'), [0, 100])
    for (const request of requests) write(set.engine(), request, 'Hi.')
    const [left, right] = comparison.columns.map(({ id }) => id)
    const first = set.client.call('compare.keep', { columnId: left! })
    set.client.call('conversation.delete', { id: first.conversationId })
    const second = set.client.call('compare.keep', { columnId: right! })
    expect(second.conversationId).not.toBe(first.conversationId)
    expect(set.client.call('conversation.read', { id: second.conversationId }).messages).toHaveLength(2)
  })
})

describe('columns of several models', () => {
  it('are written by an engine each; the conversation that a kept one becomes has its model', async () => {
    const dataFolder = temporaryFolder()
    const folder = copyOfTiny()
    writeFileSync(path.join(dataFolder, 'models.json'), JSON.stringify({ added: [folder] }))
    const set = readyStage({ dataFolder })
    const modelId = `folder:${folder}`
    const comparison = set.client.call('compare.begin', {
      question: alone('Hello'),
      columns: [{ budget: 50 }, { budget: 50, modelId }],
    })
    const [main, other] = set.engines as [ScriptedEngine, ScriptedEngine]
    await until(() => asked(main).length === 1)
    other.greet()
    expect(other.last('load')).toMatchObject({ modelFolder: folder })
    const sampling = { ...LOADED.sampling, temperature: 0.3 }
    other.say({ ...LOADED, model: { ...LOADED.model, id: 'other-weights' }, sampling })
    await until(() => asked(other).length === 1)
    const requests = [asked(main)[0]!, asked(other)[0]!]
    expect(requests.map((request) => [request.seed, request.sampling.temperature])).toEqual([
      [requests[0]!.seed, LOADED.sampling.temperature],
      [requests[0]!.seed, 0.3],
    ])
    write(main, requests[0]!, 'Hi.')
    write(other, requests[1]!, 'Good day.')
    expect(read(set).columns).toMatchObject([
      { modelId: null, text: 'Hi.', generation: { modelId: 'built-in' } },
      { modelId, text: 'Good day.', generation: { modelId } },
    ])
    const kept = set.client.call('compare.keep', { columnId: comparison.columns[1]!.id })
    const { conversation } = set.client.call('conversation.read', { id: kept.conversationId })
    expect(conversation.model?.id).toBe(modelId)
  })

  it('are refused before anything is begun where there is no such model', async () => {
    const set = readyStage()
    const { comparison } = await compare(set, alone('Hello'), [0, 100])
    const columns = [{ budget: 0 }, { budget: 0, modelId: 'folder:/nowhere' }]
    expect(set.client.refusal('compare.begin', { question: alone('x'), columns })).toBe('MODEL_NOT_FOUND')
    expect(read(set).id).toBe(comparison.id)
  })
})
