import * as v from 'valibot'
import { CountSchema, RoleSchema } from '../../models/common/values.ts'
import { ConversationSchema, IdSchema, MessageSchema } from './values.ts'

/** Start and end of what was found, in UTF-16 units. */
const MarksSchema = v.array(v.tuple([CountSchema, CountSchema]))

const FoundMessageSchema = v.strictObject({
  id: IdSchema,
  role: RoleSchema,
  /** The name of a file of it, where the words stand in that. */
  file: v.optional(v.string()),
  /** A piece of its text, or of that file's, around what was found, on one line. */
  snippet: v.string(),
  /** In `snippet`. */
  marks: MarksSchema,
})
export type FoundMessage = v.InferOutput<typeof FoundMessageSchema>

const FoundSchema = v.strictObject({
  conversation: ConversationSchema,
  /** In the title. */
  marks: MarksSchema,
  /** The newest that were found, newest first; none where only the title was. */
  messages: v.array(FoundMessageSchema),
  /** How many messages were found in it. */
  total: CountSchema,
})
export type Found = v.InferOutput<typeof FoundSchema>

export const SearchResultSchema = v.strictObject({
  found: v.array(FoundSchema),
  /** How many older conversations were found that are not in `found`. */
  left: CountSchema,
})
export type SearchResult = v.InferOutput<typeof SearchResultSchema>

const HitsSchema = v.strictObject({
  messageId: IdSchema,
  /** In its text, and one for each of `files`. */
  hits: CountSchema,
  /** Ids of its files that have one of the terms; absent where there are none. */
  files: v.optional(v.array(IdSchema)),
})
export type Hits = v.InferOutput<typeof HitsSchema>

/** Every message of a long conversation: its id and its parent's, parents first. */
export const OutlineSchema = v.array(v.tuple([IdSchema, v.nullable(IdSchema)]))
export type Outline = v.InferOutput<typeof OutlineSchema>

const TermsSchema = v.pipe(v.array(v.pipe(v.string(), v.maxLength(500))), v.maxLength(32))

export const SEARCH_CALLS = {
  /** Conversations that have all words in the title, all in one message or all in a file of it, newest first, with what was found. */
  'conversation.search': {
    params: v.strictObject({ text: v.pipe(v.string(), v.maxLength(500)) }),
    result: SearchResultSchema,
  },
  /** Messages of one conversation, on any branch, that have one of the terms, oldest first; and how often. */
  'conversation.find': {
    params: v.strictObject({ id: IdSchema, terms: TermsSchema }),
    result: v.array(HitsSchema),
  },
  /** Messages that `conversation.read` left out; those that are gone are left out again. */
  'conversation.messages': {
    params: v.strictObject({ id: IdSchema, messageIds: v.pipe(v.array(IdSchema), v.maxLength(500)) }),
    result: v.array(MessageSchema),
  },
} as const
