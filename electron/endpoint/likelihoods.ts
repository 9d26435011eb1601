import type { ChatCompletionTokenLogprob } from 'openai/resources/chat/completions'
import type { Completion } from 'openai/resources/completions'
import type { Likely, Token } from '../../models/common/values.ts'

/** With the recursions of the position that produced the token. */
export type TokenLikelihood = ChatCompletionTokenLogprob & { depth: number }

/** Likelihoods of an answer's tokens in the shape of chat completions. */
export function chatLikelihoods(tokens: readonly Token[]): TokenLikelihood[] {
  return tokens.flatMap(({ likelihood, depth }) =>
    likelihood ? [{ ...tell(likelihood), top_logprobs: likelihood.likeliest.map(tell), depth }] : [],
  )
}

type LegacyLikelihoods = NonNullable<Completion['choices'][number]['logprobs']>

/** In the shape of text completions. @param offset of the first of them, in characters of the text written before */
export function legacyLikelihoods(tokens: readonly Token[], offset: number): LegacyLikelihoods {
  const told = tokens.filter((token) => token.likelihood !== undefined)
  const likelihoods = told.map((token) => token.likelihood!)
  let at = offset
  const offsets = told.map(({ text }) => {
    const own = at
    at += text.length
    return own
  })
  return {
    tokens: likelihoods.map(({ text }) => text),
    token_logprobs: likelihoods.map(({ logProbability }) => logProbability),
    top_logprobs: likelihoods.map(({ likeliest }) =>
      Object.fromEntries(likeliest.map(({ text, logProbability }) => [text, logProbability])),
    ),
    text_offset: offsets,
  }
}

function tell({ text, logProbability }: Likely): { token: string; logprob: number; bytes: number[] | null } {
  // a part of a character has no text of its own
  const bytes = text.includes('\uFFFD') ? null : [...Buffer.from(text)]
  return { token: text, logprob: logProbability, bytes }
}
