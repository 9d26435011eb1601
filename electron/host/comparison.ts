import { randomInt } from 'node:crypto'
import type { CallParams, CallResult } from '../contract/calls.ts'
import type { Column, Comparison, Question } from '../contract/compare.ts'
import type { Generation, Message } from '../contract/values.ts'
import { ALTERNATIVES, newGeneration } from '../contract/values.ts'
import { DepthwiseError, fromFailure } from '../../models/common/errors.ts'
import type { Sampling } from '../../models/common/values.ts'
import type { History } from '../history/history.ts'
import { GrowingAnswer } from './answer.ts'
import { bare } from './chat.ts'
import type { Clients } from './clients.ts'
import type { Contexts } from './context.ts'
import { unsent } from './context.ts'
import type { ConversationModels } from './conversation-models.ts'
import type { ConversationSettingsKeeper } from './conversation-settings.ts'
import type { Engines } from './engines.ts'
import type { GenerationRequest, Task } from './generations.ts'
import { HeldAnswer, keepAnswer } from './keeping.ts'
import { expectParent } from './parents.ts'
import { readsFrom } from './prompt.ts'
import { readBranch } from './read-branch.ts'
import type { Seat } from './seat.ts'
import type { HostSettings } from './settings.ts'
import type { WrittenBy } from './written-with.ts'
import { writtenWith } from './written-with.ts'

/** Milliseconds. A column is held in memory and needs no saving but that of its end. */
const NEVER = 2 ** 30

interface ComparisonParts {
  history: History
  clients: Clients
  settings: HostSettings
  configured: ConversationSettingsKeeper
  models: ConversationModels
  engines: Engines
  contexts: Contexts
  library: WrittenBy
}

interface Running {
  answer: GrowingAnswer
  held: HeldAnswer
  modelId: Column['modelId']
  /** Where it is written. */
  seat: Seat
  generationId: number
  kept: Column['kept']
}

interface Current {
  id: number
  question: Question
  /** By column id. */
  columns: Map<number, Running>
  /** The turn under which columns were kept, where the question was none yet. */
  turnId: number | null
}

/** One question answered several times at once. Nothing of it is in the history before a column is kept. */
export class Comparisons {
  private readonly parts: ComparisonParts
  private current: Current | null = null
  private lastId = 0

  constructor(parts: ComparisonParts) {
    this.parts = parts
  }

  read(): Comparison | null {
    if (!this.current) return null
    const { id, question, columns } = this.current
    return { id, question, columns: [...columns.values()].map(columnOf) }
  }

  /** Takes time only where the engine has to count whether the question finds room. */
  begin(params: CallParams<'compare.begin'>): CallResult<'compare.begin'> | Promise<CallResult<'compare.begin'>> {
    const { question } = params
    this.expectQuestion(question)
    const { conversationId, parentId, turnId, text } = question
    const message = { text: turnId === null ? text : '' }
    const room = this.parts.contexts.expectRoom(conversationId, turnId ?? parentId, message)
    return room ? room.then(() => this.start(params)) : this.start(params)
  }

  /** @param columnId null: all of them */
  stop(columnId: number | null): void {
    for (const [id, { seat, generationId }] of this.current?.columns ?? [])
      if (columnId === null || columnId === id) seat.generations.stop(generationId)
  }

  changeBudget({ columnId, budget }: CallParams<'compare.budget'>): void {
    const { answer, seat, generationId } = this.find(columnId)
    if (answer.message.status !== 'streaming') return
    if (!seat.generations.hasBegun(generationId)) answer.update({ budget })
    seat.generations.changeBudget(generationId, budget, 'answer')
  }

  keep({ columnId }: CallParams<'compare.keep'>): CallResult<'compare.keep'> {
    const column = this.find(columnId)
    const { history, clients, library, models } = this.parts
    const current = this.current!
    const { message, turnId } = keepAnswer(history, column.held, current.question, current.turnId)
    const { conversationId, id: messageId } = message
    const isNew = current.question.conversationId === null && turnId !== current.turnId
    if (isNew && column.modelId !== null) models.choose(conversationId, column.modelId)
    current.turnId = turnId
    column.kept = { conversationId, messageId }
    clients.announce('conversation.changed', history.conversations.get(conversationId))
    clients.announce('compare.column', columnOf(column))
    library.answered(message, column.seat.status.model)
    return column.kept
  }

  private start({ question, columns, seed }: CallParams<'compare.begin'>): Comparison {
    const { settings, clients } = this.parts
    const seats = columns.map(({ modelId = null }) => this.seatOf(question, modelId))
    this.stop(null)
    const current: Current = { id: ++this.lastId, question, columns: new Map(), turnId: null }
    this.current = current
    const same = seed ?? settings.read().seed ?? randomInt(2 ** 32)
    for (const [index, { budget, modelId = null }] of columns.entries()) {
      const seat = seats[index]!
      const { sampling } = this.around(question, seat)
      const generation = newGeneration({ budget, seed: same, sampling })
      this.add(current, { seat, modelId, generation })
    }
    const begun = this.read()!
    clients.announce('compare.begun', begun)
    return begun
  }

  /** @throws DepthwiseError MODEL_*, NO_MEMORY, and why the engine has failed */
  private seatOf({ conversationId }: Question, modelId: Column['modelId']): Seat {
    const { engines, models } = this.parts
    if (modelId === null && conversationId !== null) return models.seat(conversationId)
    const seat = engines.for(modelId)
    if (seat.status.failure) throw fromFailure(seat.status.failure)
    return seat
  }

  private add(
    current: Current,
    { seat, modelId, generation }: Pick<Running, 'seat' | 'modelId'> & { generation: Generation },
  ): void {
    const id = ++this.lastId
    const held = new HeldAnswer()
    const start = { ...unsent(''), id, role: 'assistant', status: 'streaming', generation } as const
    const answer = new GrowingAnswer(held, start, NEVER)
    const running: Running = { answer, held, modelId, seat, generationId: 0, kept: null }
    running.generationId = seat.generations.begin(this.taskOf(current, running))
    current.columns.set(id, running)
  }

  private taskOf({ question, columns }: Current, running: Running): Task {
    const { clients } = this.parts
    const { answer, seat } = running
    const columnId = answer.id
    return {
      request: () => this.requestOf(question, running),
      prefill: (done, total) => {
        clients.announce('compare.prefill', { columnId, done, total })
      },
      tokens: (tokens, readings) => {
        const first = answer.add(tokens)
        clients.announce('compare.tokens', { columnId, first, tokens: tokens.map(bare), readings })
      },
      budgetApplied: ({ token, budget, phase }) => {
        if (!seat.generations.hasBegun(running.generationId)) return
        answer.changeBudget(token, budget)
        clients.announce('compare.budget', { columnId, token, budget, ...(phase && { phase }) })
      },
      leftOut: (turns) => {
        answer.update({ readsFrom: readsFrom(this.branchOf(question), turns) })
      },
      ended: (end) => {
        if (end.status === 'finished') answer.finish(end.summary)
        else answer.breakOff(end.status, end.failure)
        if (this.current?.columns === columns) clients.announce('compare.column', columnOf(running))
      },
    }
  }

  private requestOf(question: Question, { answer, seat }: Running): GenerationRequest {
    const { contexts, history, library } = this.parts
    const { model } = seat.status
    const { systemPrompt, sampling } = this.around(question, seat)
    answer.update(writtenWith(seat, library.currentId, { systemPrompt, sampling }))
    const { conversationId } = question
    const overflow = conversationId === null ? 'ask' : history.conversations.get(conversationId).overflow
    const prompt = contexts.promptOf(this.branchOf(question), overflow, { systemPrompt, model })
    const { seed, budget } = answer.generation
    return { ...prompt, sampling, seed, budget, likeliest: ALTERNATIVES }
  }

  /** What the question's conversation is written with; without one, the settings. */
  private around({ conversationId }: Question, { own }: Seat): { systemPrompt: string; sampling: Sampling } {
    const { settings, configured } = this.parts
    return conversationId === null ? settings.read(own) : configured.effective(conversationId, own)
  }

  /** As the model reads it. */
  private branchOf({ parentId, turnId, text }: Question): Message[] {
    const { history } = this.parts
    if (turnId !== null) return readBranch(history, turnId)
    return [...(parentId === null ? [] : readBranch(history, parentId)), unsent(text)]
  }

  /** @throws DepthwiseError EMPTY_PROMPT, NOT_FOUND, BAD_ARGUMENT */
  private expectQuestion({ conversationId, parentId, turnId, text }: Question): void {
    if (text.trim() === '')
      throw new DepthwiseError('EMPTY_PROMPT', 'There is nothing to compare yet. Write a question first.')
    const { conversations, messages } = this.parts.history
    if (conversationId !== null) conversations.get(conversationId)
    expectParent(messages, conversationId ?? 0, parentId)
    if (turnId === null) return
    const turn = messages.get(turnId)
    if (turn.role === 'user' && turn.conversationId === conversationId) return
    throw new DepthwiseError('BAD_ARGUMENT', 'Only a question can be answered in columns.', { detail: String(turnId) })
  }

  private find(columnId: number): Running {
    const column = this.current?.columns.get(columnId)
    if (column) return column
    throw new DepthwiseError('NOT_FOUND', 'This column is no longer there.', { detail: String(columnId) })
  }
}

function columnOf({ answer: { message }, modelId, kept }: Running): Column {
  const { id, status, text, generation } = message
  return { id, modelId, status, text, generation: generation!, kept }
}
