import * as v from 'valibot'
import { CountSchema } from '../../models/common/values.ts'
import { ModelIdSchema } from './models.ts'
import { ConversationSchema, DraftSchema, IdSchema, OverflowSchema } from './values.ts'

const TextSchema = v.pipe(v.string(), v.maxLength(1_000_000))

/** A prompt, held against the context of the loaded model; in tokens. */
const ContextCountSchema = v.strictObject({
  /** The whole conversation with the new message. */
  whole: CountSchema,
  /** What of it would be read: less where the oldest turns are left out. */
  read: CountSchema,
  /** The new message alone, with what the model always reads. */
  newest: CountSchema,
  /** The model's context: prompt and answer together. */
  limit: CountSchema,
  /** The first message that would be read, where that is not the first of all. */
  readsFrom: v.nullable(IdSchema),
})
export type ContextCount = v.InferOutput<typeof ContextCountSchema>

export const CONTEXT_CALLS = {
  /**
   * What a message `text` under `parentId` (null: at the root) would take of the context; with an empty text, what the
   * branch takes as it stands. null while the conversation's model is not loaded.
   */
  'context.count': {
    params: v.strictObject({
      conversationId: v.nullable(IdSchema),
      parentId: v.nullable(IdSchema),
      text: TextSchema,
      /** Of a conversation that is not there yet: the model that it is to have. */
      modelId: v.optional(v.nullable(ModelIdSchema)),
    }),
    result: v.nullable(ContextCountSchema),
  },
  'conversation.overflow': {
    params: v.strictObject({ id: IdSchema, overflow: OverflowSchema }),
    result: ConversationSchema,
  },
  'draft.list': { params: v.strictObject({}), result: v.array(DraftSchema) },
  /** An empty text forgets it. */
  'draft.write': { params: v.strictObject({ ...DraftSchema.entries, text: TextSchema }), result: v.null() },
} as const
