import { randomInt } from 'node:crypto'
import type { AnswerUnderWay, CallParams, CallResult, EventData, EventName } from '../contract/calls.ts'
import { DepthwiseError } from '../../models/common/errors.ts'
import type { Pace, Token } from '../../models/common/values.ts'
import type { Generation, Message } from '../contract/values.ts'
import { ALTERNATIVES, newGeneration } from '../contract/values.ts'
import type { History } from '../history/history.ts'
import { GrowingAnswer } from './answer.ts'
import type { Clients } from './clients.ts'
import type { ConversationModels } from './conversation-models.ts'
import type { ConversationSettingsKeeper } from './conversation-settings.ts'
import type { Contexts, NewMessage } from './context.ts'
import type { GenerationRequest, Task } from './generations.ts'
import { readsFrom } from './prompt.ts'
import { readBranch } from './read-branch.ts'
import type { Seat } from './seat.ts'
import type { HostSettings } from './settings.ts'
import { NEW_TITLE, titleOf } from './title.ts'
import { expectParent } from './parents.ts'
import type { WrittenBy } from './written-with.ts'
import { writtenWith } from './written-with.ts'

interface ChatParts {
  history: History
  clients: Clients
  settings: HostSettings
  configured: ConversationSettingsKeeper
  models: ConversationModels
  contexts: Contexts
  library: WrittenBy
  /** What decides about the budget in the person's place, of answers that begin now. */
  pace: () => Pace | null
  /** A growing answer is saved this often, in milliseconds. */
  saveMs: number
}

type NewTurn = CallParams<'chat.send'> & { conversationId: number }

/** An answer under way, and the generation that writes it. */
interface Answering {
  answer: GrowingAnswer
  /** Where it is written. */
  seat: Seat
  generationId: number
  /** It was asked at the budget that stood there before the model that answers had been loaded, and said its own. */
  unchosen: boolean
}

/** Questions and answers: any number of answers at once, of one conversation or several. */
export class Chat {
  private readonly history: History
  private readonly clients: Clients
  private readonly settings: HostSettings
  private readonly configured: ConversationSettingsKeeper
  private readonly models: ConversationModels
  private readonly contexts: Contexts
  private readonly library: WrittenBy
  private readonly pace: () => Pace | null
  private readonly saveMs: number
  /** By message id; without those of conversations that were deleted. */
  private readonly answering = new Map<number, Answering>()

  constructor(parts: ChatParts) {
    this.history = parts.history
    this.clients = parts.clients
    this.settings = parts.settings
    this.configured = parts.configured
    this.models = parts.models
    this.contexts = parts.contexts
    this.library = parts.library
    this.pace = parts.pace
    this.saveMs = parts.saveMs
  }

  /** Takes time only where the engine has to count whether the message finds room. */
  send(params: CallParams<'chat.send'>): CallResult<'chat.send'> | Promise<CallResult<'chat.send'>> {
    const { conversationId, parentId, text, attachments = [] } = params
    if (text.trim() === '' && attachments.length === 0)
      throw new DepthwiseError('EMPTY_PROMPT', 'There is nothing to send yet. Write something first.')
    const { history } = this
    if (conversationId !== null) return this.whenRoom(params, () => this.add({ ...params, conversationId }))
    if (parentId !== null) expectParent(this.history.messages, 0, parentId)
    return this.whenRoom(params, () => {
      const { id } = history.conversations.create(NEW_TITLE)
      try {
        if (params.settings) this.configured.change(id, params.settings)
        if (params.modelId) this.models.choose(id, params.modelId)
        const added = this.add({ ...params, conversationId: id })
        return { conversation: history.conversations.get(id), ...added }
      } catch (error) {
        history.trash.add(id)
        history.trash.erase(id)
        throw error
      }
    })
  }

  private whenRoom<T>(
    { conversationId, parentId, ...message }: { conversationId: number | null; parentId: number | null } & NewMessage,
    then: () => T,
  ): T | Promise<T> {
    const room = this.contexts.expectRoom(conversationId, parentId, message)
    return room ? room.then(then) : then()
  }

  private add({ conversationId, parentId, text, budget, seed, attachments: files }: NewTurn): CallResult<'chat.send'> {
    const { leafId, title } = this.history.conversations.get(conversationId)
    expectParent(this.history.messages, conversationId, parentId)
    this.expectWritten(leafId, parentId)
    const seat = this.models.seat(conversationId)
    const isFirst = leafId === null && title === NEW_TITLE
    const start = this.generation(seat, conversationId, budget, seed ?? this.settings.read().seed)
    const name = isFirst ? titleOf(text, this.history.attachments.names(files)) : undefined
    const added = this.history.messages.addTurn(conversationId, parentId, text, start, name, files)
    this.begin(seat, added.answer)
    return added
  }

  /** Also beside an answer that is still being written. */
  regenerate(
    params: CallParams<'chat.regenerate'>,
  ): CallResult<'chat.regenerate'> | Promise<CallResult<'chat.regenerate'>> {
    const { messageId, budget, seed } = params
    const { role, parentId, conversationId } = this.history.messages.get(messageId)
    if (role !== 'assistant' || parentId === null) {
      throw new DepthwiseError('BAD_ARGUMENT', 'Only an answer can be written again.', { detail: String(messageId) })
    }
    return this.whenRoom({ conversationId, parentId, text: '' }, () => {
      const seat = this.models.seat(conversationId)
      const start = this.generation(seat, conversationId, budget, seed)
      const answer = this.history.messages.addAnswer(conversationId, parentId, start)
      this.begin(seat, answer)
      return { answer }
    })
  }

  /** Beside it, an answer that begins as it does: nothing that was written is changed. */
  continue({ messageId, budget, seed }: CallParams<'chat.continue'>): CallResult<'chat.continue'> {
    const { conversationId, parentId, text, generation } = this.answerOf(messageId)
    if (text === '')
      throw new DepthwiseError('BAD_ARGUMENT', 'There is nothing to continue: this answer has no text.', {
        detail: String(messageId),
      })
    const seat = this.models.seat(conversationId)
    const { depths, lengths, thought } = generation ?? { depths: [0], lengths: [text.length], thought: null }
    const start = { ...this.generation(seat, conversationId, budget, seed), depths, lengths, thought }
    const answer = this.history.messages.addAnswer(conversationId, parentId, start, text)
    this.history.messages.details.carry(messageId, answer.id, depths.length)
    this.begin(seat, answer)
    return { answer }
  }

  /** An answer in the person's words, beside the one that they changed. */
  reword({ messageId, text }: CallParams<'chat.reword'>): CallResult<'chat.reword'> {
    const { conversationId, parentId } = this.answerOf(messageId)
    if (text.trim() === '') throw new DepthwiseError('EMPTY_PROMPT', 'An answer needs a text. Write something first.')
    const answer = this.history.messages.addWording(conversationId, parentId, text)
    this.clients.announce('conversation.changed', this.history.conversations.get(conversationId))
    return { answer }
  }

  /** Does nothing where the answer has already ended. */
  stop(messageId: number): void {
    const answering = this.find(messageId)
    if (answering) answering.seat.generations.stop(answering.generationId)
  }

  /** Does nothing where the answer has already ended. */
  changeBudget({ messageId, budget, phase }: CallParams<'chat.budget'>): void {
    const answering = this.find(messageId)
    if (!answering) return
    const { generationId, seat } = answering
    if (phase !== 'thought') {
      answering.unchosen = false
      if (!seat.generations.hasBegun(generationId)) this.beginAt(answering, budget)
    }
    seat.generations.changeBudget(generationId, budget, phase)
  }

  /** Of all answers under way. */
  changePace(pace: Pace | null): void {
    for (const { generationId, seat } of this.answering.values()) seat.generations.changePace(generationId, pace)
  }

  /** Does nothing where it has no thought, or none any more. */
  endThought(messageId: number): void {
    const answering = this.find(messageId)
    if (answering) answering.seat.generations.endThought(answering.generationId)
  }

  /** The conversation has been deleted: answers in it are stopped, unheard, and what they have is kept. */
  abandon(conversationId: number): void {
    for (const [messageId, { answer, generationId, seat }] of this.answering) {
      if (answer.conversationId !== conversationId) continue
      answer.breakOff('stopped', null)
      answer.discard()
      this.answering.delete(messageId)
      seat.generations.stop(generationId)
    }
  }

  /** Answers under way, oldest first. */
  underWay(): AnswerUnderWay[] {
    return [...this.answering.values()].map(({ answer: { id, conversationId } }) => ({
      conversationId,
      messageId: id,
    }))
  }

  /** What decided about a token of an answer, and about those kept with it. */
  tokenDetails({ messageId, token }: CallParams<'message.tokenDetails'>): CallResult<'message.tokenDetails'> {
    const growing = this.answering.get(messageId)?.answer.details
    const part = growing?.partOf(token) ?? this.history.messages.details.partOf(messageId, token)
    return part ? { first: part.first, details: [...part.details] } : { first: token, details: [] }
  }

  /** The messages with the present state of those that are growing. */
  withGrowing(messages: Message[]): Message[] {
    return messages.map((message) => this.answering.get(message.id)?.answer.message ?? message)
  }

  private begin(seat: Seat, message: Message): void {
    const { id: messageId, conversationId } = message
    const answer = new GrowingAnswer(
      this.history.messages,
      message as Message & { generation: Generation },
      this.saveMs,
    )
    const unchosen = !this.settings.budgetChosen && answer.generation.budget === this.settings.read(seat.own).budget
    const answering: Answering = { answer, seat, generationId: 0, unchosen }
    answering.generationId = seat.generations.begin(this.taskOf(answering))
    this.answering.set(messageId, answering)
    this.clients.announce('conversation.changed', this.history.conversations.get(conversationId))
    this.clients.announce('chat.started', { conversationId, messageId })
  }

  private taskOf(answering: Answering): Task {
    const { answer, seat } = answering
    const messageId = answer.id
    const announce = <N extends EventName>(event: N, data: EventData<N>): void => {
      if (!answer.discarded) this.clients.announce(event, data)
    }
    return {
      request: () => this.requestOf(answering),
      prefill: (done, total) => {
        announce('chat.prefill', { messageId, done, total })
      },
      tokens: (tokens, readings) => {
        const first = answer.add(tokens)
        announce('chat.tokens', { messageId, first, tokens: tokens.map(bare), readings })
      },
      budgetApplied: ({ token, budget, phase, by }) => {
        if (!seat.generations.hasBegun(answering.generationId)) return
        const at = answer.begun.tokens + token
        answer.changeBudget(at, budget, by)
        announce('chat.budget', { messageId, token: at, budget, ...(phase && { phase }), ...(by && { by }) })
      },
      leftOut: (turns) => {
        const branch = this.history.messages.branch(answer.message.parentId!)
        answer.update({ readsFrom: readsFrom(branch, turns) })
      },
      circling: (token) => {
        announce('chat.circling', { messageId, token: answer.begun.tokens + token })
      },
      ended: (end) => {
        this.answering.delete(messageId)
        if (answer.discarded) return
        const message =
          end.status === 'finished' ? answer.finish(end.summary) : answer.breakOff(end.status, end.failure)
        announce('chat.ended', { message })
        this.library.answered(message, seat.status.model)
      },
    }
  }

  private requestOf(answering: Answering): GenerationRequest {
    const { answer, seat } = answering
    const { model } = seat.status
    const { budget: first } = this.settings.read(seat.own)
    const { sampling, systemPrompt } = this.configured.effective(answer.conversationId, seat.own)
    if (model && seat.modelId !== null) this.models.answers(answer.conversationId, model.id)
    answer.update(writtenWith(seat, this.library.currentId, { systemPrompt, sampling }))
    if (answering.unchosen) this.beginAt(answering, first)
    const branch = readBranch(this.history, answer.message.parentId!)
    const { seed, budget } = answer.generation
    const { overflow } = this.history.conversations.get(answer.conversationId)
    const { text: begun } = answer.begun
    const prompt = this.contexts.promptOf(branch, overflow, { systemPrompt, begun, model })
    const pace = this.pace()
    return { ...prompt, sampling, seed, budget, likeliest: ALTERNATIVES, ...(pace && { pace }) }
  }

  /** The budget of an answer that has not begun. */
  private beginAt({ answer }: Answering, budget: number): void {
    if (budget === answer.generation.budget) return
    answer.update({ budget })
    this.clients.announce('chat.budget', { messageId: answer.id, token: 0, budget })
  }

  private generation(seat: Seat, conversationId: number, budget: number, seed: number | null | undefined): Generation {
    const { sampling } = this.configured.effective(conversationId, seat.own)
    return newGeneration({ budget, seed: seed ?? randomInt(2 ** 32), sampling })
  }

  /** An answer that has ended. @throws DepthwiseError NOT_FOUND, BAD_ARGUMENT, BUSY */
  private answerOf(messageId: number): Message & { parentId: number } {
    const message = this.history.messages.get(messageId)
    const { role, parentId } = message
    if (role !== 'assistant' || parentId === null) {
      throw new DepthwiseError('BAD_ARGUMENT', 'This message is no answer.', { detail: String(messageId) })
    }
    this.expectWritten(messageId)
    return { ...message, parentId }
  }

  /** Throws NOT_FOUND where there is no such message. */
  private find(messageId: number): Answering | undefined {
    const answering = this.answering.get(messageId)
    if (!answering) this.history.messages.get(messageId)
    return answering
  }

  /** Neither the branch on view nor the one to go on from ends in an answer that is still growing. */
  private expectWritten(...leafIds: (number | null)[]): void {
    if (leafIds.some((id) => id !== null && this.answering.has(id))) {
      throw new DepthwiseError(
        'BUSY',
        'An answer of this conversation is still being written. Wait for its end, or stop it first.',
      )
    }
  }
}

/** As windows are told of it, which ask for the rest where it is looked at. */
export const bare = ({ text, depth, budget, phase }: Token): Token => ({ text, depth, budget, ...(phase && { phase }) })
