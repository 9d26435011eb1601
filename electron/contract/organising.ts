import * as v from 'valibot'
import { ConversationSchema, IdSchema } from './values.ts'

/** So long a deleted conversation can be brought back. */
export const KEPT_DAYS = 30

const NameSchema = v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(100))
const NothingSchema = v.null()
const OfSchema = v.strictObject({ id: IdSchema })

export const FolderSchema = v.strictObject({
  id: IdSchema,
  name: v.string(),
  /** Whether its conversations are shown. */
  open: v.boolean(),
})
export type Folder = v.InferOutput<typeof FolderSchema>

const DeletedConversationSchema = v.strictObject({
  ...ConversationSchema.entries,
  /** Milliseconds since 1970. */
  deletedAt: v.number(),
})
export type DeletedConversation = v.InferOutput<typeof DeletedConversationSchema>

/** Pins, folders, and what was deleted. */
export const ORGANISING_CALLS = {
  'conversation.pin': {
    params: v.strictObject({ id: IdSchema, pinned: v.boolean() }),
    result: ConversationSchema,
  },
  /** null: into no folder. */
  'conversation.move': {
    params: v.strictObject({ id: IdSchema, folderId: v.nullable(IdSchema) }),
    result: ConversationSchema,
  },
  /** Deleted last first. */
  'conversation.trash': { params: v.strictObject({}), result: v.array(DeletedConversationSchema) },
  'conversation.restore': { params: OfSchema, result: ConversationSchema },
  /** One that was deleted, for good. */
  'conversation.erase': { params: OfSchema, result: NothingSchema },
  'folder.list': { params: v.strictObject({}), result: v.array(FolderSchema) },
  /** At the end of the others. */
  'folder.create': { params: v.strictObject({ name: NameSchema }), result: FolderSchema },
  /** `place`: before which of the others it comes, counted from 0. */
  'folder.change': {
    params: v.strictObject({
      id: IdSchema,
      name: v.optional(NameSchema),
      open: v.optional(v.boolean()),
      place: v.optional(v.pipe(v.number(), v.safeInteger(), v.minValue(0))),
    }),
    result: FolderSchema,
  },
  /** Its conversations stay, in no folder. */
  'folder.delete': { params: OfSchema, result: NothingSchema },
} as const

export const ORGANISING_EVENTS = {
  'folders.changed': v.array(FolderSchema),
} as const
