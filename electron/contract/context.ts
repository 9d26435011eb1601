import * as v from 'valibot'
import { CountSchema } from '../../models/common/values.ts'
import { AttachmentIdsSchema } from './attachments.ts'
import { ConversationSettingsSchema } from './presets.ts'
import { ModelIdSchema } from './models.ts'
import { ConversationSchema, DraftSchema, IdSchema, OverflowSchema } from './values.ts'

const TextSchema = v.pipe(v.string(), v.maxLength(1_000_000))

/** A prompt, held against the context of the loaded model; in tokens. */
const ContextCountSchema = v.strictObject({
  /** The whole conversation with the new message. */
  whole: CountSchema,
  /** What of it would be read: less where the oldest turns are left out. */
  read: CountSchema,
  /** The new message alone, with what the model always reads; 0 where there is none. */
  newest: CountSchema,
  /** The model's context: prompt and answer together. */
  limit: CountSchema,
  /** The first message that would be read, where that is not the first of all. */
  readsFrom: v.nullable(IdSchema),
  /** Of the files of the new message; absent where it has none. */
  attachments: v.optional(v.array(v.strictObject({ id: IdSchema, tokens: CountSchema }))),
})
export type ContextCount = v.InferOutput<typeof ContextCountSchema>

export const CONTEXT_CALLS = {
  /**
   * What a message `text` with its files under `parentId` (null: at the root) would take of the context; with an empty text and no files, what the
   * branch takes as it stands. null while the conversation's model is not loaded.
   */
  'context.count': {
    params: v.strictObject({
      conversationId: v.nullable(IdSchema),
      parentId: v.nullable(IdSchema),
      text: TextSchema,
      /** Of a conversation that is not there yet: the model that it is to have. */
      modelId: v.optional(v.nullable(ModelIdSchema)),
      attachments: v.optional(AttachmentIdsSchema),
    }),
    result: v.nullable(ContextCountSchema),
  },
  'conversation.overflow': {
    params: v.strictObject({ id: IdSchema, overflow: OverflowSchema }),
    result: ConversationSchema,
  },
  'draft.list': { params: v.strictObject({}), result: v.array(DraftSchema) },
  /** An empty text and no files forget it. */
  'draft.write': {
    params: v.strictObject({
      conversationId: v.nullable(IdSchema),
      text: TextSchema,
      attachments: v.optional(AttachmentIdsSchema),
    }),
    result: v.null(),
  },
  /** What the next new conversation is to have of its own. */
  'draft.settings': { params: v.strictObject({}), result: ConversationSettingsSchema },
  'draft.configure': { params: v.strictObject({ settings: ConversationSettingsSchema }), result: v.null() },
  /** The model that the next new conversation is to have of its own; null: the app's answers. */
  'draft.model': { params: v.strictObject({}), result: v.nullable(ModelIdSchema) },
  'draft.chooseModel': { params: v.strictObject({ modelId: v.nullable(ModelIdSchema) }), result: v.null() },
} as const
