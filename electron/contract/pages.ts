import * as v from 'valibot'
import { CountSchema } from '../../models/common/values.ts'

/** What the app stands on; null: it does not run in one. */
export const AboutSchema = v.strictObject({
  version: v.string(),
  node: v.string(),
  electron: v.nullable(v.string()),
  chromium: v.nullable(v.string()),
  platform: v.string(),
})
export type About = v.InferOutput<typeof AboutSchema>

/** Why a request was made: to look a repository up, or to download it. */
export const PurposeSchema = v.picklist(['look', 'download'])
export type Purpose = v.InferOutput<typeof PurposeSchema>

/** One request that left this machine. */
export const SentRequestSchema = v.strictObject({
  id: v.pipe(v.number(), v.safeInteger(), v.minValue(1)),
  /** Milliseconds since 1970. */
  at: v.number(),
  /** With its port, where it names one. */
  host: v.string(),
  /** Without what follows the question mark: signatures are in it. */
  path: v.string(),
  purpose: PurposeSchema,
  /** The repository it was about. */
  subject: v.string(),
  /** Of HTTP; null while there is no answer, and where none came. */
  status: v.nullable(CountSchema),
  /** Of the answer's body, as far as it was read; null while it is under way, and where no answer came. */
  bytes: v.nullable(CountSchema),
})
export type SentRequest = v.InferOutput<typeof SentRequestSchema>

export const PAGE_CALLS = {
  'app.about': { params: v.strictObject({}), result: AboutSchema },
  /** The last 500 requests of this app to the Hub, newest first. */
  'requests.list': { params: v.strictObject({}), result: v.array(SentRequestSchema) },
  /** Forgets them. */
  'requests.clear': { params: v.strictObject({}), result: v.null() },
} as const
