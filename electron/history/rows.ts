import * as v from 'valibot'
import type { Folder } from '../contract/organising.ts'
import type { Conversation, Generation, Message } from '../contract/values.ts'
import { RoleSchema } from '../../models/common/values.ts'
import { FailureSchema, GenerationSchema, MessageStatusSchema, OverflowSchema } from '../contract/values.ts'
import type { Bindings, Row } from './connection.ts'
import { pack, unpack } from './packed.ts'

/** A damaged field of a row degrades to something harmless; it never hides the row. */
export function readAs<S extends v.GenericSchema>(
  schema: S,
  value: unknown,
  fallback: v.InferOutput<S>,
): v.InferOutput<S> {
  const parsed = v.safeParse(schema, value)
  return parsed.success ? parsed.output : fallback
}

export function fromJson(text: unknown): unknown {
  try {
    return typeof text === 'string' ? JSON.parse(text) : undefined
  } catch {
    return undefined
  }
}

function modelOf(row: Row): Pick<Conversation, 'model'> {
  if (typeof row.model_name !== 'string') return {}
  return { model: { id: textOrNull(row.model_id), name: row.model_name, hash: textOrNull(row.model_hash) } }
}

const textOrNull = (value: unknown): string | null => (typeof value === 'string' ? value : null)
const text = (value: unknown): string => (typeof value === 'string' ? value : '')
const moment = (value: unknown): number => (typeof value === 'number' && Number.isFinite(value) ? value : 0)
const idOrNull = (value: unknown): number | null => (typeof value === 'number' && value >= 1 ? value : null)

export function toConversation(row: Row): Conversation {
  return {
    id: row.id as number,
    title: text(row.title),
    createdAt: moment(row.created_at),
    updatedAt: moment(row.updated_at),
    leafId: idOrNull(row.leaf_id),
    pinned: row.pinned === 1,
    folderId: idOrNull(row.folder_id),
    overflow: readAs(OverflowSchema, row.overflow, 'ask'),
    ...modelOf(row),
  }
}

export function toFolder(row: Row): Folder {
  return { id: row.id as number, name: text(row.name), open: row.is_open === 1 }
}

/** Of a row of `message` joined with its `generation`. */
export function toMessage(row: Row): Message {
  return {
    id: row.id as number,
    conversationId: row.conversation_id as number,
    parentId: idOrNull(row.parent_id),
    role: readAs(RoleSchema, row.role, 'user'),
    status: readAs(MessageStatusSchema, row.status, 'error'),
    text: text(row.text),
    createdAt: moment(row.created_at),
    generation: row.message_id === null || row.message_id === undefined ? null : toGeneration(row),
  }
}

const fields = GenerationSchema.entries

function toGeneration(row: Row): Generation | null {
  const depths = unpack(row.depths)
  const lengths = unpack(row.lengths)
  const whole = depths.length === lengths.length
  const generation = {
    model: text(row.model),
    modelId: textOrNull(row.model_id),
    device: text(row.device),
    systemPrompt: textOrNull(row.system_prompt),
    budget: row.budget,
    budgetChanges: readAs(fields.budgetChanges, fromJson(row.budget_changes), []),
    seed: row.seed,
    sampling: fromJson(row.sampling),
    depths: whole ? depths : [],
    lengths: whole ? lengths : [],
    thought: readAs(fields.thought, thoughtOf(row), null),
    promptTokens: readAs(fields.promptTokens, row.prompt_tokens, 0),
    readsFrom: idOrNull(row.reads_from),
    budgetRealised: readAs(fields.budgetRealised, row.budget_realised, null),
    meanDepth: readAs(fields.meanDepth, row.mean_depth, null),
    tokensPerSecond: readAs(fields.tokensPerSecond, row.tokens_per_second, null),
    ttftMs: readAs(fields.ttftMs, row.ttft_ms, null),
    finishReason: readAs(fields.finishReason, row.finish_reason, null),
    failure: readAs(v.nullable(FailureSchema), fromJson(row.failure), null),
  }
  const parsed = v.safeParse(GenerationSchema, generation)
  return parsed.success ? parsed.output : null
}

function thoughtOf(row: Row): unknown {
  return typeof row.thought === 'string' ? { text: row.thought, tokens: row.thought_tokens, ms: row.thought_ms } : null
}

export function fromGeneration(messageId: number, generation: Generation): Bindings {
  return {
    messageId,
    model: generation.model,
    modelId: generation.modelId ?? null,
    device: generation.device,
    systemPrompt: generation.systemPrompt ?? null,
    budget: generation.budget,
    budgetChanges: JSON.stringify(generation.budgetChanges),
    seed: generation.seed,
    sampling: JSON.stringify(generation.sampling),
    depths: pack(generation.depths),
    lengths: pack(generation.lengths),
    promptTokens: generation.promptTokens,
    readsFrom: generation.readsFrom ?? null,
    budgetRealised: generation.budgetRealised,
    meanDepth: generation.meanDepth,
    tokensPerSecond: generation.tokensPerSecond,
    ttftMs: generation.ttftMs,
    finishReason: generation.finishReason,
    failure: generation.failure && JSON.stringify(generation.failure),
    thought: generation.thought?.text ?? null,
    thoughtTokens: generation.thought?.tokens ?? null,
    thoughtMs: generation.thought?.ms ?? null,
  }
}
