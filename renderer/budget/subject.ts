import type { Message, Readings, Token } from '../../electron/contract/values.ts'
import { storedTokens } from '../text/tokens.ts'

interface Answer {
  messageId: number
  live: boolean
  tokens: readonly Token[]
  speeds: readonly number[]
  readings: Readings | null
  prefill: { total: number } | null
  changes: readonly { token: number; budget: number }[]
}

/** The answer whose figures stand beside the slider. */
export interface Subject {
  live: boolean
  depths: readonly number[]
  speeds: readonly number[]
  readings: Readings | null
  changes: readonly { token: number; budget: number }[]
  /** Tokens that its prompt and it take of the model's context. */
  contextTokens: number
}

const NONE: Subject = { live: false, depths: [], speeds: [], readings: null, changes: [], contextTokens: 0 }

/** What is being written now, else what was written last on this branch: as watched, else as kept. */
export function subjectOf(current: Answer | null, latest: Answer | null, path: readonly Message[]): Subject {
  if (current) return watched(current)
  const last = path.findLast(({ role }) => role === 'assistant')
  if (!last) return NONE
  const kept = fromMessage(last)
  return latest?.messageId === last.id ? { ...watched(latest), contextTokens: kept.contextTokens } : kept
}

function watched({ live, tokens, speeds, readings, changes, prefill }: Answer): Subject {
  const depths = tokens.map(({ depth }) => depth)
  return { live, depths, speeds, readings, changes, contextTokens: (prefill?.total ?? 0) + tokens.length }
}

function fromMessage(message: Message): Subject {
  const { generation } = message
  if (!generation) return NONE
  const { meanDepth, tokensPerSecond, budgetRealised, budgetChanges: changes, depths } = generation
  const asked = changes.at(-1)?.budget ?? generation.budget
  const readings =
    meanDepth === null || tokensPerSecond === null
      ? null
      : { meanDepth, tokensPerSecond, budgetAsked: asked, budgetRealised: budgetRealised ?? asked }
  const speeds = storedTokens(message).map(() => tokensPerSecond ?? 0)
  return { live: false, depths, speeds, readings, changes, contextTokens: generation.promptTokens + depths.length }
}
