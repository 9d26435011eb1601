import * as v from 'valibot'
import { CountSchema } from '../../models/common/values.ts'
import { FailureSchema } from './values.ts'

/** Pages and programs with a page's rights that may always ask the endpoint; `*` stands for anything but a slash. */
export const DEFAULT_ORIGINS: readonly string[] = ['app://obsidian.md', 'http://localhost:*', 'vscode-webview://*']

export const DEFAULT_PORT = 8127

export const PortSchema = v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(65_535))

/** `SCHEME://HOST[:PORT]`, each with `*` in it or not; `*` alone is every page. */
export const OriginSchema = v.pipe(
  v.string(),
  v.trim(),
  v.maxLength(200),
  v.regex(/^(\*|[a-z*][a-z0-9+.*-]*:\/\/[^\s/\\?#@,]+)$/i, 'An origin looks like https://example.org or app://name.'),
)

export const OriginsSchema = v.pipe(v.array(OriginSchema), v.maxLength(50))

/** The endpoint for other programs: what is kept of it, and what it is doing. */
export const EndpointSchema = v.strictObject({
  on: v.boolean(),
  port: PortSchema,
  token: v.string(),
  /** Beside the default ones. */
  origins: v.array(v.string()),
  /** What programs are given, with /v1 at its end; null while nothing is listened to. */
  address: v.nullable(v.string()),
  /** Every HOST:PORT that is listened to. */
  listening: v.array(v.string()),
  /** Why it is on and yet not listening. */
  failure: v.nullable(FailureSchema),
  /** Answers under way. */
  answering: CountSchema,
})
export type Endpoint = v.InferOutput<typeof EndpointSchema>

export const ENDPOINT_CALLS = {
  'endpoint.read': { params: v.strictObject({}), result: EndpointSchema },
  /** What comes of it is told by `endpoint.changed`. Answers under way end where it goes off or to another port. */
  'endpoint.change': {
    params: v.strictObject({
      on: v.optional(v.boolean()),
      port: v.optional(PortSchema),
      origins: v.optional(OriginsSchema),
    }),
    result: EndpointSchema,
  },
  /** The old token is refused from now on. */
  'endpoint.newToken': { params: v.strictObject({}), result: EndpointSchema },
} as const
