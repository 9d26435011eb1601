import type * as v from 'valibot'
import type { Sampling } from '../common/values.ts'
import { DEFAULT_SAMPLING } from '../common/values.ts'
import type { CommonConfigSchema, GenerationConfig } from '../formats/sources.ts'

/** What changes no probability: what transformers means by a field that is not there. */
const NEUTRAL: Sampling = { ...DEFAULT_SAMPLING, temperature: 1, topK: 0, topP: 1, minP: 0, repetitionPenalty: 1 }

/**
 * The makers' recommendation. Where they say how to sample (temperature, top_k, top_p, min_p, or do_sample false), what
 * they leave out changes nothing; else it is DEFAULT_SAMPLING. do_sample false is greedy, whatever else they say. The
 * most tokens and the repetition penalty count wherever they stand, and say nothing about sampling.
 */
export function recommendedSampling(config: GenerationConfig): Sampling {
  const { do_sample, temperature, top_k, top_p, min_p, repetition_penalty, max_new_tokens } = config
  const greedy = do_sample === false || top_p === 0
  const said = greedy || [temperature, top_k, top_p, min_p].some((value) => value != null)
  const silent = said ? NEUTRAL : DEFAULT_SAMPLING
  return {
    temperature: greedy ? 0 : (temperature ?? silent.temperature),
    topK: Math.max(0, top_k ?? silent.topK),
    topP: top_p || silent.topP,
    minP: min_p ?? silent.minP,
    repetitionPenalty: repetition_penalty ?? silent.repetitionPenalty,
    maxTokens: max_new_tokens ?? silent.maxTokens,
    stop: [],
  }
}

/**
 * Tokens that end an answer, as far as the configuration says; ids outside the vocabulary, which no token can have, say
 * nothing. What the tokenizer knows of them is in its endTokens.
 */
export function endTokens(
  config: v.InferOutput<typeof CommonConfigSchema>,
  generation: GenerationConfig,
  compiled: { vocabSize: number; endTokens: readonly number[] },
): number[] {
  const { vocabSize, endTokens: own } = compiled
  const ids = [config.eos_token_id, generation.eos_token_id, ...own].flat().filter((id) => id != null)
  return [...new Set(ids)].filter((id) => id >= 0 && id < vocabSize)
}
