import { DepthwiseError } from '../../common/errors.ts'
import type { Metadata } from './metadata.ts'

/** Kinds of tokens. */
const [NORMAL, UNKNOWN, UNUSED] = [1, 2, 5]
/** What stands for a space. */
const MARK = '▁'
/** A piece of n characters is tried in n − 1 ways; the longest of published ones have 48. */
const LONGEST = 256

/**
 * The tokenizer of Llama 2 and its kin: SentencePiece's BPE, whose pieces have scores. Merges are made of these as
 * transformers makes them (convert_slow_tokenizer.generate_merges): every split of a piece into two, by falling score.
 * @throws DepthwiseError MODEL_TOKENIZER
 */
export function sentencePieces(
  metadata: Metadata,
  tokens: readonly string[],
  types: readonly number[],
): Record<string, unknown> {
  const scores = metadata.numbers('tokenizer.ggml.scores')
  if (scores?.length !== tokens.length || !scores.every(Number.isFinite)) {
    const message = 'The tokenizer of this GGUF file cannot be used: its tokens have no scores.'
    throw new DepthwiseError('MODEL_TOKENIZER', message, { detail: 'tokenizer.ggml.scores' })
  }
  const ids = new Map(tokens.map((token, id) => [token, id]))
  const unknown = tokens[metadata.number('tokenizer.ggml.unknown_token_id') ?? types.indexOf(UNKNOWN)] ?? null
  const prefixed = metadata.flag('tokenizer.ggml.add_space_prefix') ?? true
  const spaces = { type: 'Replace', pattern: { String: ' ' }, content: MARK }
  const strip = prefixed ? [{ type: 'Strip', content: ' ', start: 1, stop: 0 }] : []
  const back = { type: 'Replace', pattern: { String: MARK }, content: ' ' }
  const shape = { dropout: null, continuing_subword_prefix: null, end_of_word_suffix: null, ignore_merges: false }
  return {
    normalizer: {
      type: 'Sequence',
      normalizers: prefixed ? [{ type: 'Prepend', prepend: MARK }, spaces] : [spaces],
    },
    pre_tokenizer: null,
    decoder: { type: 'Sequence', decoders: [back, { type: 'ByteFallback' }, { type: 'Fuse' }, ...strip] },
    model: {
      type: 'BPE',
      ...shape,
      unk_token: unknown,
      fuse_unk: true,
      byte_fallback: true,
      vocab: Object.fromEntries(ids),
      merges: mergesOf(tokens, types, scores, ids),
    },
  }
}

function mergesOf(
  tokens: readonly string[],
  types: readonly number[],
  scores: readonly number[],
  ids: ReadonlyMap<string, number>,
): [string, string][] {
  const isPiece = (id: number | undefined): boolean =>
    id !== undefined && [NORMAL, UNUSED].includes(types[id] ?? NORMAL)
  const made: { pair: [string, string]; score: number; order: number }[] = []
  tokens.forEach((token, id) => {
    if (!isPiece(id) || token.length > LONGEST || ids.get(token) !== id) return
    const characters = Array.from(token)
    const local = characters.slice(1).flatMap((_, i) => {
      const pair: [string, string] = [characters.slice(0, i + 1).join(''), characters.slice(i + 1).join('')]
      return pair.every((part) => isPiece(ids.get(part))) ? [pair] : []
    })
    local.sort(([a, b], [c, d]) => ids.get(a)! - ids.get(c)! || ids.get(b)! - ids.get(d)!)
    for (const pair of local) made.push({ pair, score: scores[id]!, order: made.length })
  })
  // as Python's sort in reverse, which leaves equals in order
  made.sort(
    (a, b) =>
      b.score - a.score ||
      Array.from(b.pair[0]).length - Array.from(a.pair[0]).length ||
      Array.from(b.pair[1]).length - Array.from(a.pair[1]).length ||
      a.order - b.order,
  )
  return made.map(({ pair }) => pair)
}
