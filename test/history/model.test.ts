import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { History } from '../../electron/history/history.ts'
import { openHistory } from '../../electron/history/history.ts'
import { generation } from './samples.ts'
import { temporaryFolder } from './support.ts'

interface ModelMessage {
  id: number
  conversation: number
  parent: number | null
  text: string
  status: string
}

interface Model {
  titles: Map<number, string>
  leaves: Map<number, number | null>
  messages: ModelMessage[]
}

interface Real {
  folder: string
  history: History
}

const pick = <T>(items: readonly T[], at: number): T | undefined => items[at % Math.max(items.length, 1)]

function same(model: Model, { history }: Real): void {
  const listed = history.conversations.list()
  expect(new Map(listed.map(({ id, title }) => [id, title]))).toEqual(model.titles)
  expect(new Map(listed.map(({ id, leafId }) => [id, leafId]))).toEqual(model.leaves)
  for (const id of model.titles.keys()) {
    const tree = history.messages.tree(id)
    expect(
      tree.map((m) => ({ id: m.id, conversation: id, parent: m.parentId, text: m.text, status: m.status })),
    ).toEqual(model.messages.filter(({ conversation }) => conversation === id))
  }
}

class Step implements fc.Command<Model, Real> {
  private readonly name: string
  private readonly act: (model: Model, real: Real) => void

  constructor(name: string, act: (model: Model, real: Real) => void) {
    this.name = name
    this.act = act
  }

  check(): boolean {
    return true
  }

  run(model: Model, real: Real): void {
    this.act(model, real)
    same(model, real)
  }

  toString(): string {
    return this.name
  }
}

const create = fc.string().map(
  (title) =>
    new Step(`create ${title}`, (model, { history }) => {
      const { id } = history.conversations.create(title)
      model.titles.set(id, title)
      model.leaves.set(id, null)
    }),
)

const send = fc.tuple(fc.nat(), fc.nat(), fc.string({ unit: 'grapheme' })).map(
  ([where, under, text]) =>
    new Step(`send ${where} ${under} ${text}`, (model, { history }) => {
      const id = pick([...model.titles.keys()], where)
      if (id === undefined) return
      const mine = model.messages.filter(({ conversation }) => conversation === id)
      const parent = pick([null, ...mine.map((m) => m.id)], under) ?? null
      const { turn, answer } = history.messages.addTurn(id, parent, text, generation())
      model.messages.push(
        { id: turn.id, conversation: id, parent, text, status: 'complete' },
        { id: answer.id, conversation: id, parent: turn.id, text: '', status: 'streaming' },
      )
      model.leaves.set(id, answer.id)
    }),
)

const grow = fc
  .tuple(fc.nat(), fc.string({ unit: 'grapheme' }), fc.constantFrom('streaming', 'complete', 'stopped'))
  .map(
    ([which, text, status]) =>
      new Step(`grow ${which} ${status}`, (model, { history }) => {
        const growing = pick(
          model.messages.filter((m) => m.status === 'streaming'),
          which,
        )
        if (!growing) return
        Object.assign(growing, { text, status })
        const depths = Array.from(text, () => 2)
        history.messages.saveAnswer(growing.id, {
          status: status,
          text,
          generation: generation({ depths, lengths: depths }),
        })
      }),
  )

const select = fc.nat().map(
  (which) =>
    new Step(`select ${which}`, (model, { history }) => {
      const message = pick(model.messages, which)
      if (!message) return
      history.conversations.select(message.conversation, message.id)
      model.leaves.set(message.conversation, message.id)
    }),
)

const remove = fc.nat().map(
  (which) =>
    new Step(`remove ${which}`, (model, { history }) => {
      const id = pick([...model.titles.keys()], which)
      if (id === undefined) return
      history.trash.add(id)
      history.trash.erase(id)
      model.titles.delete(id)
      model.leaves.delete(id)
      model.messages = model.messages.filter(({ conversation }) => conversation !== id)
    }),
)

const reopen = fc.constant(
  new Step('reopen', (model, real) => {
    real.history.close()
    real.history = openHistory(real.folder)
    for (const message of model.messages) if (message.status === 'streaming') message.status = 'interrupted'
  }),
)

test('whatever is done in whatever order, the trees are those of a plain model', () => {
  fc.assert(
    fc.property(fc.commands([create, create, send, send, send, grow, grow, select, remove, reopen]), (commands) => {
      const folder = temporaryFolder()
      const real = { folder, history: openHistory(folder) }
      try {
        fc.modelRun(() => ({ model: { titles: new Map(), leaves: new Map(), messages: [] }, real }), commands)
      } finally {
        real.history.close()
      }
    }),
    { numRuns: 30 },
  )
})
