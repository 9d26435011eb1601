import type { Question } from '../contract/compare.ts'
import type { Generation, Message } from '../contract/values.ts'
import { DepthwiseError } from '../../models/common/errors.ts'
import type { History } from '../history/history.ts'
import type { AnswerState } from '../history/messages.ts'
import type { DetailsPart } from '../history/token-details.ts'
import type { AnswerStore } from './answer.ts'
import { UNSENT } from './context.ts'
import { NEW_TITLE, titleOf } from './title.ts'

/** Holds an answer in memory where others are saved. */
export class HeldAnswer implements AnswerStore {
  private readonly parts = new Map<number, DetailsPart>()
  private latest: AnswerState | null = null

  saveAnswer(_id: number, state: AnswerState): void {
    for (const part of state.details ?? []) this.parts.set(part.first, part)
    this.latest = { ...state, generation: structuredClone(state.generation) }
  }

  /** As it ended. @throws DepthwiseError BUSY while it is written; BAD_ARGUMENT where nothing was */
  get ended(): AnswerState {
    if (!this.latest || this.latest.status === 'streaming')
      throw new DepthwiseError('BUSY', 'This column is still being written. Wait for its end, or stop it first.')
    if (this.latest.text === '')
      throw new DepthwiseError('BAD_ARGUMENT', 'There is nothing to keep: this column has no text.')
    return { ...this.latest, details: [...this.parts.values()] }
  }
}

/**
 * Writes an answer that has ended into the history.
 * @param turnId the turn that an earlier answer to the question was kept under; where that is gone, a new one is made
 * @throws DepthwiseError as HeldAnswer.ended; NOT_FOUND where the question's conversation is gone
 */
export function keepAnswer(
  history: History,
  held: HeldAnswer,
  question: Question,
  turnId: number | null,
): { message: Message; turnId: number } {
  const { ended } = held
  const under = question.turnId ?? (turnId !== null && isThere(history, turnId) ? turnId : null)
  const { turn, answer } = added(history, question, under, ended.generation)
  const generation = { ...ended.generation }
  if (generation.readsFrom === UNSENT) generation.readsFrom = turn
  history.messages.saveAnswer(answer.id, { ...ended, generation })
  return { message: history.messages.get(answer.id), turnId: turn }
}

function added(
  { conversations, messages }: History,
  { conversationId, parentId, text }: Question,
  turnId: number | null,
  ended: Generation,
): { turn: number; answer: Message } {
  // whose place it is may not be known yet
  const generation = { ...ended, readsFrom: null }
  if (turnId !== null) {
    const { id } = conversations.get(messages.get(turnId).conversationId)
    return { turn: turnId, answer: messages.addAnswer(id, turnId, generation) }
  }
  const { id, leafId, title } =
    conversationId === null ? conversations.create(NEW_TITLE) : conversations.get(conversationId)
  const isFirst = leafId === null && title === NEW_TITLE
  const { turn, answer } = messages.addTurn(id, parentId, text, generation, isFirst ? titleOf(text) : undefined)
  return { turn: turn.id, answer }
}

/** Whether a turn lies in a conversation that has not been deleted. */
function isThere({ conversations, messages }: History, turnId: number): boolean {
  try {
    conversations.get(messages.get(turnId).conversationId)
    return true
  } catch (error) {
    if (error instanceof DepthwiseError && error.code === 'NOT_FOUND') return false
    throw error
  }
}
