import * as v from 'valibot'
import type { Thinking } from '../../models/common/values.ts'
import { ThinkingSchema } from '../../models/common/values.ts'

/** What stands in the fields about thoughts. */
export interface ThinkingDraft {
  on: boolean
  /** Empty: no bound. */
  maxTokens: string
  cutLoops: boolean
  keep: boolean
}

export function thinkingDraftOf({ on, maxTokens, cutLoops, keep }: Thinking): ThinkingDraft {
  return { on, maxTokens: maxTokens === null ? '' : String(maxTokens), cutLoops, keep }
}

/** The settings that a draft means, on those of now, whose budget has a dial of its own; null where its number is none. */
export function readThinking({ maxTokens, ...switches }: ThinkingDraft, now: Thinking): Thinking | null {
  const text = maxTokens.trim()
  const read = { ...now, ...switches, maxTokens: text === '' ? null : Number(text) }
  return v.is(ThinkingSchema, read) ? read : null
}
