import type * as v from 'valibot'
import { DepthwiseError } from '../../electron/contract/errors.ts'
import type { Sampling } from '../../electron/contract/values.ts'
import type { CommonConfigSchema, GenerationConfig } from '../formats/sources.ts'

/** The makers' recommendation, completed by the defaults of the field. */
export function recommendedSampling(config: GenerationConfig): Sampling {
  return {
    temperature: config.temperature ?? 1,
    topK: config.top_k ?? 0,
    topP: config.top_p ?? 1,
    minP: config.min_p ?? 0,
    repetitionPenalty: config.repetition_penalty ?? 1,
    maxTokens: config.max_new_tokens ?? 256,
    stop: [],
  }
}

/** Tokens that end an answer. @throws DepthwiseError MODEL_CONFIG where one is outside the vocabulary */
export function endTokens(
  config: v.InferOutput<typeof CommonConfigSchema>,
  generation: GenerationConfig,
  compiled: { vocabSize: number; endTokens: readonly number[] },
): number[] {
  const { vocabSize, endTokens: own } = compiled
  const ids = [config.eos_token_id, generation.eos_token_id, ...own].flat().filter((id) => id != null)
  const outside = ids.find((id) => id >= vocabSize)
  if (outside !== undefined) {
    throw new DepthwiseError('MODEL_CONFIG', `eos_token_id ${outside} is outside the vocabulary of ${vocabSize}.`, {
      detail: 'eos_token_id',
    })
  }
  return [...new Set(ids)]
}
