import { DepthwiseError, fromFailure } from '../../models/common/errors.ts'
import type { ModelId } from '../contract/models.ts'
import type { Conversation, ConversationModel } from '../contract/values.ts'
import type { History } from '../history/history.ts'
import type { Engines } from './engines.ts'
import type { Seat } from './seat.ts'

interface ConversationModelsParts {
  conversations: History['conversations']
  engines: Engines
  library: ConversationLibrary
  /** Tells the windows. */
  changed: (conversation: Conversation) => void
}

/** What the library of models has to do with conversations. */
export interface ConversationLibrary {
  /** As a conversation names it. @throws DepthwiseError MODEL_* */
  reference(id: ModelId): ConversationModel
  /** The model of this machine that is meant; null where there is none. */
  resolve(model: Pick<ConversationModel, 'name' | 'hash'>): ModelId | null
}

/** Which model answers in which conversation. */
export class ConversationModels {
  private readonly parts: ConversationModelsParts

  constructor(parts: ConversationModelsParts) {
    this.parts = parts
  }

  /** null: the app's. Holds from the next answer on; nothing is loaded before. @throws DepthwiseError NOT_FOUND, MODEL_* */
  choose(conversationId: number, modelId: ModelId | null): Conversation {
    const { conversations, library } = this.parts
    conversations.get(conversationId)
    return conversations.setModel(conversationId, modelId === null ? null : library.reference(modelId))
  }

  /**
   * The engine that answers in a conversation, which is started where it does not run.
   * @throws DepthwiseError MODEL_*, NO_MEMORY, and why it has failed
   */
  seat(conversationId: number): Seat {
    const seat = this.wanted(conversationId)
    if (seat.status.failure) throw fromFailure(seat.status.failure)
    return seat
  }

  /** Remembers which weights answer in it, so that they are known on another machine. */
  answers(conversationId: number, hash: string): void {
    const { conversations, changed } = this.parts
    const { model } = conversations.get(conversationId)
    if (!model || model.hash === hash) return
    changed(conversations.setModel(conversationId, { ...model, hash }))
  }

  private wanted(conversationId: number): Seat {
    const { conversations, engines } = this.parts
    const { model } = conversations.get(conversationId)
    if (!model) return engines.main
    const id = model.id ?? this.found(conversationId, model)
    if (id === null) throw gone(model)
    try {
      return engines.for(id)
    } catch (error) {
      throw error instanceof DepthwiseError && error.code === 'MODEL_NOT_FOUND' ? gone(model) : error
    }
  }

  /** A model that came here after the conversation did. */
  private found(conversationId: number, model: ConversationModel): ModelId | null {
    const id = this.parts.library.resolve(model)
    if (id !== null) this.parts.changed(this.parts.conversations.setModel(conversationId, { ...model, id }))
    return id
  }
}

function gone({ name }: ConversationModel): DepthwiseError {
  return new DepthwiseError(
    'MODEL_NOT_FOUND',
    `This conversation is to be answered by ${name}, which is not on this machine any more. Let the app’s model answer, or choose another one.`,
  )
}
