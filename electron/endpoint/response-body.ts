import type { Response, ResponseError, ResponseOutputItem } from 'openai/resources/responses/responses'
import type { Effort } from './effort.ts'
import type { Extras } from './figures.ts'
import { extrasOf, finishOf, usageOf } from './figures.ts'
import type { RunningAnswer } from './running.ts'

/** Fields of the request that a response repeats. */
export interface Echo {
  instructions: string | null
  metadata: Record<string, string>
  temperature: number | null
  top_p: number | null
  max_output_tokens: number | null
  effort: Effort | null
}

/** What a client adds itself, or only OpenAI's own service has. */
type Body = Omit<Response, 'output_text' | 'access_programs'> & { store: false }

/** A response in OpenAI's shape. @param phase `ended`: completed, or incomplete where a bound ended it */
export function bodyOf(
  answer: RunningAnswer,
  echo: Echo,
  phase: 'in_progress' | 'ended' | 'failed',
  output: ResponseOutputItem[],
  error: ResponseError | null = null,
): Body & Partial<Extras> {
  const { figures, id, created, model } = answer
  const isCut = phase === 'ended' && finishOf(figures.summary!.finishReason) === 'length'
  const usage = usageOf(figures)
  const { effort, ...echoed } = echo
  return {
    id,
    object: 'response',
    created_at: created,
    status: phase === 'ended' ? (isCut ? 'incomplete' : 'completed') : phase,
    error,
    incomplete_details: isCut ? { reason: 'max_output_tokens' } : null,
    model,
    output,
    ...echoed,
    parallel_tool_calls: false,
    previous_response_id: null,
    reasoning: { effort, summary: null },
    store: false,
    text: { format: { type: 'text' } },
    tool_choice: 'none',
    tools: [],
    truncation: 'disabled',
    ...(phase === 'ended' && {
      usage: {
        input_tokens: usage.prompt_tokens,
        input_tokens_details: { cached_tokens: figures.cachedTokens, cache_write_tokens: 0 },
        output_tokens: usage.completion_tokens,
        output_tokens_details: { reasoning_tokens: figures.thoughtTokens },
        total_tokens: usage.total_tokens,
      },
      ...extrasOf(figures),
    }),
  }
}
