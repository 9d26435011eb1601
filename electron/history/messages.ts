import { DepthwiseError } from '../../models/common/errors.ts'
import type { Failure } from '../../models/common/errors.ts'
import type { Role } from '../../models/common/values.ts'
import type { Generation, Message, MessageStatus } from '../contract/values.ts'
import type { Connection } from './connection.ts'
import { fromGeneration, toMessage } from './rows.ts'
import type { DetailsPart } from './token-details.ts'
import { StoredDetails } from './token-details.ts'

const SELECT = 'SELECT message.*, generation.* FROM message LEFT JOIN generation ON message_id = id'

/** From the index alone, so that it can be read where a message cannot. */
const OUTLINE =
  'SELECT id, parent_id FROM message INDEXED BY message_by_parent WHERE conversation_id = :conversationId ORDER BY id'

export const UPSERT_GENERATION = `
  INSERT INTO generation (
    message_id, model, device, budget, budget_changes, seed, sampling, depths, lengths, prompt_tokens,
    budget_realised, mean_depth, tokens_per_second, ttft_ms, finish_reason, failure, model_id,
    thought, thought_tokens, thought_ms, reads_from, system_prompt
  ) VALUES (
    :messageId, :model, :device, :budget, :budgetChanges, :seed, :sampling, :depths, :lengths, :promptTokens,
    :budgetRealised, :meanDepth, :tokensPerSecond, :ttftMs, :finishReason, :failure, :modelId,
    :thought, :thoughtTokens, :thoughtMs, :readsFrom, :systemPrompt
  ) ON CONFLICT (message_id) DO UPDATE SET
    model = excluded.model, model_id = excluded.model_id, device = excluded.device, system_prompt = excluded.system_prompt, budget = excluded.budget,
    budget_changes = excluded.budget_changes, sampling = excluded.sampling, depths = excluded.depths, lengths = excluded.lengths,
    prompt_tokens = excluded.prompt_tokens, reads_from = excluded.reads_from, budget_realised = excluded.budget_realised,
    mean_depth = excluded.mean_depth, tokens_per_second = excluded.tokens_per_second, ttft_ms = excluded.ttft_ms,
    finish_reason = excluded.finish_reason, failure = excluded.failure,
    thought = excluded.thought, thought_tokens = excluded.thought_tokens, thought_ms = excluded.thought_ms`

interface NewMessage {
  conversationId: number
  parentId: number | null
  role: Role
  status: MessageStatus
  text: string
}

/** What is written again and again while an answer grows, and once more at its end. */
export interface AnswerState {
  status: MessageStatus
  text: string
  generation: Generation
  /** Parts of what decided about its tokens that are new, or have grown. */
  details?: readonly DetailsPart[]
}

/** The trees of messages. A message is added under another and stays; only a growing answer changes. */
export class Messages {
  readonly details: StoredDetails
  private readonly connection: Connection

  constructor(connection: Connection) {
    this.connection = connection
    this.details = new StoredDetails(connection)
  }

  /** Throws NOT_FOUND. */
  get(id: number): Message {
    const row = this.connection.get(`${SELECT} WHERE id = :id`, { id })
    if (!row) throw new DepthwiseError('NOT_FOUND', 'This message is no longer there.', { detail: String(id) })
    return toMessage(row)
  }

  /** Ids of a conversation's messages and of their parents, parents before children; and which of them are growing. */
  outline(conversationId: number): { all: [id: number, parentId: number | null][]; growing: number[] } {
    const bindings = { conversationId }
    const growing = this.connection.all(
      "SELECT id FROM message INDEXED BY message_streaming WHERE status = 'streaming' AND conversation_id = :conversationId",
      bindings,
    )
    const all = this.connection.all(OUTLINE, bindings)
    return {
      all: all.map(({ id, parent_id: parentId }) => [id as number, parentId as number | null]),
      growing: growing.map(({ id }) => id as number),
    }
  }

  /** Those of the messages that are in the conversation. One that cannot be read is left as a marked gap. */
  some(conversationId: number, ids: readonly number[]): Message[] {
    const parents = new Map(this.outline(conversationId).all)
    return ids.flatMap((id) => {
      const parentId = parents.get(id)
      return parentId === undefined ? [] : [this.readOr(id, { conversationId, parentId })]
    })
  }

  /** The whole tree of a conversation, parents before children. A message that cannot be read is left as a marked gap. */
  tree(conversationId: number): Message[] {
    const ids = this.connection.all(OUTLINE, { conversationId })
    const known = new Set<number | null>([null])
    return ids.map(({ id, parent_id: parentId }) => {
      const message = this.readOr(id as number, { conversationId, parentId: parentId as number | null })
      known.add(message.id)
      return known.has(message.parentId) ? message : { ...message, parentId: null }
    })
  }

  /** From the root to `id`, both included. */
  branch(id: number): Message[] {
    const branch: Message[] = []
    for (let next: number | null = id; next !== null;) {
      const message: Message = this.get(next)
      branch.unshift(message)
      next = message.parentId !== null && message.parentId < message.id ? message.parentId : null
    }
    return branch
  }

  /** A turn of the person and the answer that is about to grow under it, both on disk when this returns. Throws NOT_FOUND. */
  addTurn(
    conversationId: number,
    parentId: number | null,
    text: string,
    generation: Generation,
    title?: string,
  ): { turn: Message; answer: Message } {
    const added = this.connection.transaction(() => {
      this.expect(conversationId, parentId)
      const turn = this.insert({ conversationId, parentId, role: 'user', status: 'complete', text })
      const answer = this.insertAnswer(conversationId, turn, generation)
      if (title !== undefined) {
        this.connection.run('UPDATE conversation SET title = :title WHERE id = :conversationId', {
          conversationId,
          title,
        })
      }
      return { turn, answer }
    })
    return { turn: this.get(added.turn), answer: this.get(added.answer) }
  }

  /**
   * Another answer to the turn `turnId`, which is about to grow. Throws NOT_FOUND.
   * @param text how it begins, which `generation` counts the tokens of
   */
  addAnswer(conversationId: number, turnId: number, generation: Generation, text = ''): Message {
    const added = this.connection.transaction(() => {
      this.expect(conversationId, turnId)
      return this.insertAnswer(conversationId, turnId, generation, text)
    })
    return this.get(added)
  }

  /** Another answer to the turn `turnId`, in a person's words. Throws NOT_FOUND. */
  addWording(conversationId: number, turnId: number, text: string): Message {
    const added = this.connection.transaction(() => {
      this.expect(conversationId, turnId)
      const answer = this.insert({ conversationId, parentId: turnId, role: 'assistant', status: 'complete', text })
      this.show(conversationId, answer)
      return answer
    })
    return this.get(added)
  }

  saveAnswer(id: number, state: AnswerState): void {
    this.connection.transaction(() => {
      this.connection.run('UPDATE message SET text = :text, status = :status WHERE id = :id', {
        id,
        text: state.text,
        status: state.status,
      })
      this.connection.run(UPSERT_GENERATION, fromGeneration(id, state.generation))
      for (const part of state.details ?? []) this.details.save(id, part)
    })
  }

  /** Marks answers that were growing when the program went away. Returns how many there were. */
  interruptLeftovers(failure: Failure): number {
    return this.connection.transaction(() => {
      const left = this.connection.all("SELECT id FROM message WHERE status = 'streaming'")
      for (const { id } of left as { id: number }[]) {
        this.connection.run("UPDATE message SET status = 'interrupted' WHERE id = :id", { id })
        this.connection.run(
          "UPDATE generation SET finish_reason = 'interrupted', failure = :failure WHERE message_id = :id",
          { id, failure: JSON.stringify(failure) },
        )
      }
      return left.length
    })
  }

  private expect(conversationId: number, parentId: number | null): void {
    if (parentId !== null && this.get(parentId).conversationId === conversationId) return
    if (this.connection.get('SELECT 1 FROM conversation WHERE id = :conversationId', { conversationId })) {
      if (parentId === null) return
      throw new DepthwiseError('NOT_FOUND', 'The message to continue from is not in this conversation.')
    }
    throw new DepthwiseError('NOT_FOUND', 'This conversation is no longer there.')
  }

  private insertAnswer(conversationId: number, parentId: number, generation: Generation, text = ''): number {
    const answer = this.insert({ conversationId, parentId, role: 'assistant', status: 'streaming', text })
    this.connection.run(UPSERT_GENERATION, fromGeneration(answer, generation))
    this.show(conversationId, answer)
    return answer
  }

  private show(conversationId: number, leafId: number): void {
    this.connection.run('UPDATE conversation SET leaf_id = :leafId, updated_at = :now WHERE id = :conversationId', {
      conversationId,
      leafId,
      now: Date.now(),
    })
  }

  private insert(message: NewMessage): number {
    return this.connection.run(
      `INSERT INTO message (conversation_id, parent_id, role, status, text, created_at)
       VALUES (:conversationId, :parentId, :role, :status, :text, :now)`,
      { ...message, now: Date.now() },
    )
  }

  private readOr(id: number, place: { conversationId: number; parentId: number | null }): Message {
    try {
      return this.get(id)
    } catch (error) {
      if (!(error instanceof DepthwiseError)) throw error
      const text = '(This message could not be read from the disk.)'
      return { id, ...place, role: 'assistant', status: 'error', text, createdAt: 0, generation: null }
    }
  }
}
