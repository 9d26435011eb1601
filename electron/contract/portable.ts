import * as v from 'valibot'
import { CountSchema, RoleSchema } from '../../models/common/values.ts'
import { FileTextSchema, MOST_ATTACHMENTS } from './attachments.ts'
import { ConversationSchema, GenerationSchema, IdSchema, OverflowSchema, TokenDetailsSchema } from './values.ts'

/**
 * Conversations outside of the history, in files: see docs/exports.md. A change that older versions would read wrongly
 * gets a new version; a new optional field does not.
 */
export const PORTABLE_FORMAT = 'depthwise-conversations'
export const PORTABLE_VERSION = 1

/** What stands around the conversations of a file, and before them. */
export const PortableHeadSchema = v.object({
  format: v.literal(PORTABLE_FORMAT),
  version: v.pipe(v.number(), v.safeInteger(), v.minValue(1)),
  /** Names of all folders, in their order. */
  folders: v.optional(
    v.pipe(v.array(v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(100))), v.maxLength(1000)),
    [],
  ),
})
export type PortableHead = v.InferOutput<typeof PortableHeadSchema>

/** In bytes of JSON: the longest conversation that is imported. */
export const LONGEST_CONVERSATION = 48 * 2 ** 20

const MomentSchema = v.pipe(v.number(), v.safeInteger(), v.minValue(0))
const NameSchema = v.pipe(v.string(), v.trim(), v.minLength(1))
const LongSchema = v.pipe(v.string(), v.maxLength(LONGEST_CONVERSATION))

const PortableMessageSchema = v.object({
  /** Its place in the list, counted from 1. */
  id: IdSchema,
  /** The id of a message before it in the list; null at the root. */
  parent: v.nullable(IdSchema),
  role: RoleSchema,
  /** What was being written when it was exported is `interrupted`. */
  status: v.picklist(['complete', 'stopped', 'interrupted', 'error']),
  text: LongSchema,
  createdAt: MomentSchema,
  /** How an answer came about; null where that is not known. */
  /** Its `readsFrom` is the id of a message of this list. */
  generation: v.nullable(v.object(GenerationSchema.entries)),
  /** What decided about an answer's tokens, in parts of consecutive ones, the first of which has the index `first`. */
  tokens: v.optional(v.array(v.object({ first: CountSchema, details: v.array(TokenDetailsSchema) }))),
  /** Text files of a turn of the person, whole. */
  attachments: v.optional(v.pipe(v.array(v.object(FileTextSchema.entries)), v.maxLength(MOST_ATTACHMENTS))),
})
export type PortableMessage = v.InferOutput<typeof PortableMessageSchema>

export const PortableConversationSchema = v.object({
  /** The same on every machine. */
  uid: v.pipe(v.string(), v.minLength(8), v.maxLength(100)),
  /** What it was imported from (`chatgpt:…`, `lm-studio:…`); null: written in Depthwise. */
  origin: v.nullable(v.pipe(v.string(), v.maxLength(300))),
  title: v.pipe(v.string(), v.maxLength(1000)),
  createdAt: MomentSchema,
  updatedAt: MomentSchema,
  pinned: v.boolean(),
  /** Name of the folder; null: in none. */
  folder: v.nullable(v.pipe(NameSchema, v.maxLength(100))),
  /** The tip of the branch on view; null while it is empty. */
  leaf: v.nullable(IdSchema),
  /** At the end of the context; absent: ask. */
  overflow: v.optional(OverflowSchema),
  /** The model of its own, by name and by the hash of its weights; absent: the app's. */
  model: v.optional(v.object({ name: NameSchema, hash: v.nullable(v.string()) })),
  messages: v.pipe(v.array(PortableMessageSchema), v.maxLength(100_000)),
})
export type PortableConversation = v.InferOutput<typeof PortableConversationSchema>

export const PORTABLE_CALLS = {
  /** Everything in one conversation. */
  'conversation.export': {
    params: v.strictObject({ id: IdSchema }),
    result: PortableConversationSchema,
  },
  /**
   * One conversation, whole or not at all. `known`: it (by uid, or by what it was imported from) is there already, and
   * nothing was done, unless `again` is given for one from another program. `restored`: it was in the trash.
   */
  'conversation.import': {
    params: v.strictObject({ conversation: PortableConversationSchema, again: v.boolean() }),
    result: v.strictObject({
      outcome: v.picklist(['imported', 'known', 'restored']),
      conversation: ConversationSchema,
    }),
  },
} as const
