import { randomInt } from 'node:crypto'
import type { CallParams, CallResult } from '../contract/calls.ts'
import type { Failure } from '../../models/common/errors.ts'
import { DepthwiseError, fromFailure } from '../../models/common/errors.ts'
import type { Device, ModelInfo } from '../../models/common/values.ts'
import type { Generation, Message } from '../contract/values.ts'
import { newGeneration } from '../contract/values.ts'
import type { History } from '../history/history.ts'
import { GrowingAnswer } from './answer.ts'
import type { Clients } from './clients.ts'
import type { Limits } from './limits.ts'
import { promptOf } from './prompt.ts'
import type { HostSettings } from './settings.ts'
import type { GenerationEvent, Supervisor } from './supervisor.ts'
import { NEW_TITLE, titleOf } from './title.ts'

/** The answer being worked on. It waits until the engine is ready; `generationId` is null until then. */
interface Run {
  answer: GrowingAnswer
  generationId: number | null
  /** It was asked at the budget that stood there before the model that answers had been loaded, and said its own. */
  unchosen: boolean
  stopping: NodeJS.Timeout | null
}

/** Questions and answers: one answer at a time, whatever becomes of the engine. */
export class Chat {
  readonly #history: History
  readonly #clients: Clients
  readonly #settings: HostSettings
  readonly #engine: Supervisor
  readonly #limits: Limits
  #run: Run | null = null
  #lastGenerationId = 0

  constructor(history: History, clients: Clients, settings: HostSettings, engine: Supervisor, limits: Limits) {
    this.#history = history
    this.#clients = clients
    this.#settings = settings
    this.#engine = engine
    this.#limits = limits
  }

  send({ conversationId, parentId, text, budget, seed }: CallParams<'chat.send'>): CallResult<'chat.send'> {
    if (text.trim() === '')
      throw new DepthwiseError('EMPTY_PROMPT', 'There is nothing to send yet. Write something first.')
    const { leafId, title } = this.#history.conversations.get(conversationId)
    this.#expectParent(conversationId, parentId)
    this.#expectFree()
    const isFirst = leafId === null && title === NEW_TITLE
    const start = this.#generation(budget, seed ?? this.#settings.read().seed)
    const added = this.#history.messages.addTurn(
      conversationId,
      parentId,
      text,
      start,
      isFirst ? titleOf(text) : undefined,
    )
    this.#begin(added.answer)
    return added
  }

  regenerate({ messageId, budget, seed }: CallParams<'chat.regenerate'>): CallResult<'chat.regenerate'> {
    const { role, parentId, conversationId } = this.#history.messages.get(messageId)
    if (role !== 'assistant' || parentId === null) {
      throw new DepthwiseError('BAD_ARGUMENT', 'Only an answer can be written again.', { detail: String(messageId) })
    }
    this.#expectFree()
    const answer = this.#history.messages.addAnswer(conversationId, parentId, this.#generation(budget, seed))
    this.#begin(answer)
    return { answer }
  }

  /** Does nothing where the answer has already ended. */
  stop(messageId: number): void {
    const run = this.#find(messageId)
    if (!run || run.stopping) return
    if (run.generationId === null) {
      this.#breakOff('stopped', null)
      return
    }
    this.#engine.send({ type: 'stop', id: run.generationId })
    run.stopping = setTimeout(() => {
      this.#engine.kill('it did not stop when asked to')
    }, this.#limits.stopMs)
  }

  /** Does nothing where the answer has already ended. */
  changeBudget(messageId: number, budget: number): void {
    const run = this.#find(messageId)
    if (!run) return
    run.unchosen = false
    if (run.generationId === null) run.answer.update({ budget })
    else this.#engine.send({ type: 'budget', id: run.generationId, budget })
  }

  /** Throws BUSY while an answer is being written, for what would take the engine from under it. */
  expectFree(): void {
    if (this.#run) {
      throw new DepthwiseError('BUSY', 'An answer is still being written. Wait for its end, or stop it first.')
    }
  }

  /** The conversation is going away, and an answer in it is no longer wanted. */
  abandon(conversationId: number): void {
    const run = this.#run
    if (run?.answer.conversationId !== conversationId) return
    run.answer.discard()
    if (run.generationId === null) this.#run = null
    else this.stop(run.answer.id)
  }

  /** The messages with the present state of the one that is growing. */
  withGrowing(messages: Message[]): Message[] {
    const growing = this.#run?.answer
    return growing ? messages.map((message) => (message.id === growing.id ? growing.message : message)) : messages
  }

  engineReady(): void {
    const run = this.#run
    if (run?.generationId !== null) return
    const { answer } = run
    const { model, device } = this.#engine.status
    const branch = this.#history.messages.branch(answer.message.parentId!)
    run.generationId = ++this.#lastGenerationId
    const { sampling, budget: first } = this.#settings.read()
    answer.update({ model: model ? nameOfModel(model) : '', device: device ? nameOf(device) : '', sampling })
    if (run.unchosen) answer.update({ budget: first })
    const { seed, budget } = answer.generation
    this.#engine.send({ type: 'generate', id: run.generationId, turns: promptOf(branch), sampling, seed, budget })
  }

  /** The process went away. An answer that still waits goes on waiting for the next one. */
  engineGone(failure: Failure): void {
    if (this.#run?.generationId === null) return
    if (this.#run?.stopping) this.#breakOff('stopped', null)
    else this.#breakOff('interrupted', failure)
  }

  engineFailed(failure: Failure): void {
    this.#breakOff('error', failure)
  }

  hostCloses(): void {
    this.#breakOff('interrupted', {
      code: 'ENGINE_STOPPED',
      message: 'Depthwise was closed before this answer was complete. What had been written was kept.',
    })
  }

  generated(event: GenerationEvent): void {
    const run = this.#run
    if (run?.generationId !== event.id) return
    const { answer } = run
    const messageId = answer.id
    switch (event.type) {
      case 'prefill':
        this.#clients.announce('chat.prefill', { messageId, done: event.done, total: event.total })
        return
      case 'tokens': {
        const first = answer.add(event.tokens)
        this.#clients.announce('chat.tokens', { messageId, first, tokens: event.tokens, readings: event.readings })
        return
      }
      case 'budgetApplied':
        answer.changeBudget(event.token, event.budget)
        this.#clients.announce('chat.budget', { messageId, token: event.token, budget: event.budget })
        return
      case 'finished':
        this.#end(() => answer.finish(event.summary))
        return
      case 'generationFailed':
        this.#breakOff('error', event.failure)
    }
  }

  /** After the reply to the call that asked for it. */
  #begin(message: Message): void {
    const answer = new GrowingAnswer(
      this.#history.messages,
      message as Message & { generation: Generation },
      this.#limits.saveMs,
    )
    const unchosen = !this.#settings.budgetChosen && answer.generation.budget === this.#settings.read().budget
    this.#run = { answer, generationId: null, unchosen, stopping: null }
    this.#clients.announce('conversation.changed', this.#history.conversations.get(message.conversationId))
    setImmediate(() => {
      if (this.#engine.status.phase === 'ready') this.engineReady()
    })
  }

  #breakOff(status: 'stopped' | 'interrupted' | 'error', failure: Failure | null): void {
    const answer = this.#run?.answer
    if (answer) this.#end(() => answer.breakOff(status, failure))
  }

  #end(finish: () => Message): void {
    const run = this.#run!
    if (run.stopping) clearTimeout(run.stopping)
    this.#run = null
    if (!run.answer.discarded) this.#clients.announce('chat.ended', { message: finish() })
  }

  #generation(budget: number, seed: number | null | undefined): Generation {
    return newGeneration({ budget, seed: seed ?? randomInt(2 ** 32), sampling: this.#settings.read().sampling })
  }

  #find(messageId: number): Run | null {
    if (this.#run?.answer.id === messageId) return this.#run
    this.#history.messages.get(messageId)
    return null
  }

  #expectFree(): void {
    this.expectFree()
    const { failure } = this.#engine.status
    if (failure) throw fromFailure(failure)
  }

  #expectParent(conversationId: number, parentId: number | null): void {
    if (parentId === null) return
    const parent = this.#history.messages.get(parentId)
    if (parent.conversationId === conversationId && parent.role !== 'user') return
    throw new DepthwiseError('BAD_ARGUMENT', 'A message can only follow an answer of the same conversation.', {
      detail: `parent ${parentId}`,
    })
  }
}

const nameOf = ({ provider, threads }: Device): string =>
  `${provider}, ${threads} ${threads === 1 ? 'thread' : 'threads'}`

/** Names the weights so that they are recognised years later. */
const nameOfModel = ({ name, precision, id }: ModelInfo): string => `${name}, ${precision}, ${id.slice(0, 8)}`
