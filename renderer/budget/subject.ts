import type { Readings, Token } from '../../models/common/values.ts'
import type { Generation, Message } from '../../electron/contract/values.ts'
import { averageBudget } from '../text/tokens.ts'

interface Answer {
  messageId: number
  tokens: readonly Token[]
  speeds: readonly number[]
  readings: Readings | null
  prefill: { total: number } | null
  changes: readonly { token: number; budget: number }[]
}

/** The answer whose figures stand beside the slider. */
export interface Subject {
  live: boolean
  /** It came about while this window looked on. */
  watched: boolean
  depths: readonly number[]
  /** Empty where they were not watched: an answer is not kept with the speed of each token. */
  speeds: readonly number[]
  readings: Readings | null
  /** Tokens that the share realised is an average over. */
  over: number
  changes: readonly { token: number; budget: number }[]
  /** Tokens that its prompt and it take of the model's context. */
  contextTokens: number
}

const NONE: Subject = {
  live: false,
  watched: false,
  depths: [],
  speeds: [],
  readings: null,
  over: 0,
  changes: [],
  contextTokens: 0,
}

/** What is being written on this branch now, else what was written last: its last tokens' figures while it runs, then the whole answer's. */
export function subjectOf(current: Answer | null, watched: Answer | null, path: readonly Message[]): Subject {
  if (current) return running(current)
  const last = path.findLast(({ role }) => role === 'assistant')
  if (!last?.generation) return NONE
  const kept = finished(last.generation)
  if (watched?.messageId !== last.id) return kept
  // an answer that was broken off has no figures of its own
  return { ...kept, watched: true, speeds: watched.speeds, readings: kept.readings ?? watched.readings }
}

function running({ tokens, speeds, readings, changes, prefill }: Answer): Subject {
  const depths = tokens.map(({ depth }) => depth)
  const contextTokens = (prefill?.total ?? 0) + tokens.length
  const over = readings?.over ?? tokens.length
  return { live: true, watched: true, depths, speeds, readings, over, changes, contextTokens }
}

function finished(generation: Generation): Subject {
  const { meanDepth, tokensPerSecond, budgetRealised, budgetChanges: changes, depths, promptTokens } = generation
  const budgetAsked = averageBudget(generation)
  const complete = meanDepth !== null && tokensPerSecond !== null
  return {
    live: false,
    watched: false,
    depths,
    speeds: [],
    readings: complete ? { meanDepth, tokensPerSecond, budgetAsked, budgetRealised } : null,
    over: depths.length,
    changes,
    contextTokens: promptTokens + depths.length,
  }
}
