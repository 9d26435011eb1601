import { describe, expect, it, vi } from 'vitest'
import { Client } from '../../renderer/connection/client.ts'
import { portTransport } from '../../renderer/connection/port.ts'
import { Workspace } from '../../renderer/state/workspace.svelte.ts'
import { FakeHost } from './fake/host.ts'

/** A window over the fake host. */
async function opened(host = new FakeHost({ pace: { tokenMs: 2, prefillMs: 2 } })) {
  const space = new Workspace(new Client(portTransport(host)), null)
  await vi.waitFor(() => {
    expect(space.application.settings).not.toBeNull()
  })
  return { host, space, compare: space.compare }
}

type Opened = Awaited<ReturnType<typeof opened>>

async function begun(set?: Opened) {
  const ready = set ?? (await opened())
  ready.compare.text = 'Why is the sky blue?'
  await ready.compare.start()
  expect(ready.compare.writing).toBe(true)
  return ready
}

async function ended({ compare }: Opened): Promise<void> {
  await vi.waitFor(() => {
    expect(compare.columns.every((column) => column.ended)).toBe(true)
  })
}

describe('columns', () => {
  it('are two to four, each at a budget that the others have not', async () => {
    const { compare } = await opened()
    const budgets = () => compare.columns.map(({ budget }) => budget)
    expect(budgets()).toEqual([0, 100])
    compare.addColumn()
    compare.addColumn()
    compare.addColumn()
    expect(budgets()).toEqual([0, 100, 50, 25])
    compare.reference = 3
    compare.removeColumn(compare.columns[1]!)
    compare.removeColumn(compare.columns[1]!)
    compare.removeColumn(compare.columns[1]!)
    expect(budgets()).toEqual([0, 25])
    expect(compare.reference).toBe(1)
  })

  it('are written at once, with figures of their own, and end with what the host has kept of them', async () => {
    const set = await begun()
    const [shallow, deep] = set.compare.columns
    const bothWrite = (): void => {
      for (const column of [shallow!, deep!]) expect(column.answer!.tokens.length).toBeGreaterThan(0)
    }
    await vi.waitFor(bothWrite, { interval: 1 })
    expect([shallow!.figures!.meanDepth, deep!.figures!.meanDepth]).toEqual([1, 3])
    expect([shallow!.writing, deep!.writing]).toEqual([true, true])
    await ended(set)
    expect(shallow!.text).toContain('The sky is blue')
    expect(deep!.text).toContain('The sky looks blue')
    expect(deep!.figures).toMatchObject({ meanDepth: 3, budgetRealised: 100 })
  })

  it('follow their own sliders while they are written', async () => {
    const set = await begun()
    const told = vi.spyOn(set.host, 'emit')
    const [left, right] = set.compare.columns
    left!.move(40)
    left!.move(60)
    expect([left!.budget, right!.budget]).toEqual([60, 100])
    await vi.waitFor(() => {
      const moves = told.mock.calls.flatMap(([event, data]) => (event === 'compare.budget' ? [data] : []))
      expect(moves).toMatchObject([
        { columnId: left!.id, budget: 40 },
        { columnId: left!.id, budget: 60 },
      ])
    })
    await ended(set)
    expect(left!.budget).toBe(60)
    left!.move(80)
    expect(left!.budget).toBe(80)
  })

  it('are stopped one by one, or all', async () => {
    const set = await begun(await opened(new FakeHost({ pace: { tokenMs: 20, prefillMs: 2 } })))
    const [left, right] = set.compare.columns
    await set.compare.stop(left!)
    await vi.waitFor(() => {
      expect(left!.told?.status).toBe('stopped')
    })
    expect(right!.writing).toBe(true)
    await set.compare.stopAll()
    await vi.waitFor(() => {
      expect(right!.told?.status).toBe('stopped')
    })
  })

  it('are there in every window, and in one that is opened later', async () => {
    const first = await begun()
    const second = await opened(first.host)
    await vi.waitFor(() => {
      expect(second.compare.columns.map(({ id }) => id)).toEqual(first.compare.columns.map(({ id }) => id))
    })
    expect(second.compare.text).toBe('Why is the sky blue?')
    await Promise.all([ended(first), ended(second)])
    expect(second.compare.columns.map(({ text }) => text)).toEqual(first.compare.columns.map(({ text }) => text))
  })

  it('a column is kept as a new conversation, and no other is', async () => {
    const set = await begun()
    await ended(set)
    const id = await set.compare.keep(set.compare.columns[1]!)
    await set.space.chat.open(id!)
    expect(set.space.chat.path.map(({ text }) => text)).toEqual(['Why is the sky blue?', set.compare.columns[1]!.text])
    expect(set.compare.columns.map(({ told }) => told?.kept?.conversationId ?? null)).toEqual([null, id])
  })
})

describe('from an answer', () => {
  async function fromAnswer() {
    const set = await opened()
    await set.space.chat.send('What is a loop?', null)
    await vi.waitFor(() => {
      expect(set.space.chat.answering).toBeNull()
    })
    set.compare.take(set.space.chat.path)
    return set
  }

  it('its question and its seed are taken, and a kept column stands beside it', async () => {
    const set = await fromAnswer()
    const [turn, answer] = set.space.chat.path
    expect(set.compare.text).toBe('What is a loop?')
    await set.compare.start()
    const { columns } = set.compare
    for (const { told } of columns) expect(told!.generation.seed).toBe(answer!.generation!.seed)
    await ended(set)
    await set.compare.keep(columns[0]!)
    await set.space.chat.reread()
    expect(set.space.chat.tree.children.get(turn!.id)?.length).toBe(2)
    expect(set.space.chat.path.at(-1)!.text).toBe(columns[0]!.text)
  })

  it('another wording is another turn; it can be asked without the conversation', async () => {
    const set = await fromAnswer()
    const [turn] = set.space.chat.path
    set.compare.text = 'What is a while loop?'
    await set.compare.start()
    expect(set.compare.origin?.turnId).toBe(turn!.id)
    await ended(set)
    await set.compare.keep(set.compare.columns[0]!)
    await set.space.chat.reread()
    expect(set.space.chat.tree.children.get(null)?.map(({ text }) => text)).toEqual([
      'What is a loop?',
      'What is a while loop?',
    ])
    set.compare.leaveOrigin()
    await set.compare.start()
    await ended(set)
    expect(await set.compare.keep(set.compare.columns[0]!)).not.toBe(turn!.conversationId)
  })
})
