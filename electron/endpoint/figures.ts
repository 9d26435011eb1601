import type { CompletionUsage } from 'openai/resources/completions'
import type { FinishReason } from '../../models/common/values.ts'
import type { Figures } from './running.ts'

export function usageOf({ promptTokens, cachedTokens, tokens, thoughtTokens, summary }: Figures): CompletionUsage {
  const prompt = summary?.promptTokens ?? promptTokens
  return {
    prompt_tokens: prompt,
    completion_tokens: tokens,
    total_tokens: prompt + tokens,
    prompt_tokens_details: { cached_tokens: cachedTokens },
    completion_tokens_details: { reasoning_tokens: thoughtTokens },
  }
}

/** As llama.cpp's server tells them; times in milliseconds. */
interface Timings {
  cache_n: number
  prompt_n: number
  prompt_ms: number
  prompt_per_token_ms: number
  prompt_per_second: number
  predicted_n: number
  predicted_ms: number
  predicted_per_token_ms: number
  predicted_per_second: number
}

/** What no other server has to tell. */
interface Depth {
  /** Recursions of the positions that produced the tokens, on average; null without tokens. */
  mean_depth: number | null
  /** In percent; null where there is nothing that a budget decides about. */
  budget_realised: number | null
}

export interface Extras {
  timings: Timings
  depthwise: Depth
}

export function extrasOf({ promptTokens, cachedTokens, promptMs, tokens, summary }: Figures): Extras {
  const read = promptTokens - cachedTokens
  const perSecond = summary?.tokensPerSecond ?? 0
  const perToken = perSecond > 0 ? 1000 / perSecond : 0
  return {
    timings: {
      cache_n: cachedTokens,
      prompt_n: read,
      prompt_ms: promptMs,
      prompt_per_token_ms: read > 0 ? promptMs / read : 0,
      prompt_per_second: promptMs > 0 ? (1000 * read) / promptMs : 0,
      predicted_n: tokens,
      predicted_ms: perToken * tokens,
      predicted_per_token_ms: perToken,
      predicted_per_second: perSecond,
    },
    depthwise: { mean_depth: summary?.meanDepth ?? null, budget_realised: summary?.budgetRealised ?? null },
  }
}

/** `length` where a bound or the context ended it before the model did. */
export function finishOf(reason: FinishReason): 'stop' | 'length' {
  return reason === 'length' || reason === 'context' ? 'length' : 'stop'
}
