import type { EventData, EventName } from '../../../electron/contract/calls.ts'
import type { Column, Comparison, Question } from '../../../electron/contract/compare.ts'
import { DepthwiseError } from '../../../models/common/errors.ts'
import type { Message } from '../../../electron/contract/values.ts'
import type { FakeConversations } from './conversations.ts'
import { message } from './values.ts'
import type { Pace } from './writer.ts'
import { Writer } from './writer.ts'

interface Host {
  conversations: FakeConversations
  emit<N extends EventName>(event: N, data: EventData<N>): void
}

interface Params {
  question: Question
  columns: { budget: number; modelId?: string | null }[]
  seed?: number
  columnId: number | null
  budget: number
}

interface Running {
  writer: Writer
  stopping: boolean
  modelId: string | null
  status: Message['status']
  kept: Column['kept']
}

/** Columns of canned text, with as many mistakes as their budget is low. */
export class FakeCompare {
  private readonly host: Host
  private readonly pace: Pace
  private question: Question | null = null
  private id = 0
  private columns = new Map<number, Running>()

  constructor(host: Host, pace: Pace) {
    this.host = host
    this.pace = pace
  }

  run(call: string, params: Params): unknown {
    switch (call) {
      case 'compare.read':
        return this.read()
      case 'compare.begin':
        return this.begin(params)
      case 'compare.stop':
        for (const [id, column] of this.columns)
          if (params.columnId === null || params.columnId === id) column.stopping = true
        return null
      case 'compare.budget': {
        const token = this.find(params).writer.changeBudget(params.budget)
        this.host.emit('compare.budget', { columnId: params.columnId!, token, budget: params.budget })
        return null
      }
      default: {
        const column = this.find(params)
        if (column.status === 'streaming') throw new DepthwiseError('BUSY', 'This column is being written.')
        column.kept ??= this.keep(this.question!, column.writer.kept(column.status, 'end'))
        this.host.emit('compare.column', this.columnOf(params.columnId!))
        return column.kept
      }
    }
  }

  private read(): Comparison | null {
    const columns = [...this.columns.keys()].map((id) => this.columnOf(id))
    return this.question && { id: this.id, question: this.question, columns }
  }

  private begin({ question, columns, seed = 0 }: Params): Comparison {
    for (const column of this.columns.values()) column.stopping = true
    this.question = question
    this.id += 1
    this.columns = new Map(
      columns.map(({ budget, modelId = null }) => {
        const id = ++this.id
        const answer = message({ id, conversationId: 1, role: 'assistant', status: 'streaming' })
        const writer = new Writer(answer, budget, seed, this.pace, false, budget < 50 ? SHALLOW : DEEP)
        return [id, { writer, modelId, stopping: false, status: 'streaming', kept: null }]
      }),
    )
    const begun = this.read()!
    this.host.emit('compare.begun', begun)
    for (const [id, column] of this.columns) void this.write(id, column)
    return begun
  }

  private async write(columnId: number, column: Running): Promise<void> {
    const { writer } = column
    await pause(this.pace.prefillMs)
    this.host.emit('compare.prefill', { columnId, done: 37, total: 37 })
    while (!writer.done && !column.stopping) {
      const first = writer.count
      const { token, readings, ms } = writer.next()
      this.host.emit('compare.tokens', { columnId, first, tokens: [token], readings })
      await pause(ms)
    }
    column.status = column.stopping ? 'stopped' : 'complete'
    if (this.columns.get(columnId) === column) this.host.emit('compare.column', this.columnOf(columnId))
  }

  private columnOf(id: number): Column {
    const { writer, modelId, status, kept } = this.columns.get(id)!
    const reason = status === 'streaming' ? null : status === 'stopped' ? 'stopped' : 'end'
    const { text, generation } = writer.kept(status, reason)
    return { id, modelId, status, text, generation: generation!, kept }
  }

  private keep({ conversationId, parentId, turnId, text }: Question, answer: Message): NonNullable<Column['kept']> {
    const { conversations } = this.host
    const of = conversationId ?? conversations.create().id
    let under = turnId
    if (under === null) {
      const turn = message({ id: conversations.nextId(), conversationId: of, parentId, role: 'user', text })
      conversations.messages.set(turn.id, turn)
      under = turn.id
    }
    const id = conversations.nextId()
    conversations.messages.set(id, { ...answer, id, conversationId: of, parentId: under })
    const title = conversationId === null ? { title: text.slice(0, 60) } : {}
    this.host.emit('conversation.changed', conversations.change(of, { leafId: id, updatedAt: Date.now(), ...title }))
    return { conversationId: of, messageId: id }
  }

  private find({ columnId }: Params): Running {
    const column = this.columns.get(columnId!)
    if (!column) throw new DepthwiseError('NOT_FOUND', 'This column is no longer there.')
    return column
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

const SHALLOW =
  'The sky is blue because sunlight is scattered by the air. Blue light has a short wave and is scattered most.\n\n- **Noon**: the way through the air is short, and the sky is deep blue.\n- **Evening**: the way is long, and red is left over.'
const DEEP =
  'The sky looks blue because sunlight is scattered by the molecules of the air. Blue light has a short wave and is scattered about ten times as much as red.\n\n- **Noon**: the way through the air is short, and the sky is deep blue.\n- **Evening**: the way is long, the blue is lost on it, and red is left over.\n\nViolet is scattered even more, but our eyes see little of it.'
