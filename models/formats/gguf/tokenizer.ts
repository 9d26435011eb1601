import { DepthwiseError } from '../../common/errors.ts'
import type { Metadata } from './metadata.ts'
import { SPLITTINGS } from './pre-tokenizers.ts'
import { sentencePieces } from './sentence-pieces.ts'

/** Kinds of tokens. */
const [UNKNOWN, CONTROL, USER_DEFINED] = [2, 3, 4]

/** What tokenizer.json of a model says, from a file's metadata. @throws DepthwiseError MODEL_TOKENIZER, MODEL_UNSUPPORTED */
export function tokenizerOf(metadata: Metadata): Record<string, unknown> {
  const kind = metadata.text('tokenizer.ggml.model')
  const tokens = metadata.texts('tokenizer.ggml.tokens')
  if (kind === undefined || tokens === undefined) throw wrong('the file has no tokenizer', 'tokenizer.ggml.tokens')
  const types = metadata.numbers('tokenizer.ggml.token_type') ?? []
  const added = tokens.flatMap((content, id) => addedToken(content, id, types[id]))
  const parts =
    kind === 'gpt2'
      ? bytePairs(metadata, tokens, new Set(added.map(({ id }) => id)))
      : kind === 'llama'
        ? sentencePieces(metadata, tokens, types)
        : unknown(kind)
  return { version: '1.0', truncation: null, padding: null, added_tokens: added, post_processor: null, ...parts }
}

/** What tokenizer_config.json of a model says. */
export function tokenizerConfigOf(metadata: Metadata): Record<string, unknown> {
  const tokens = metadata.texts('tokenizer.ggml.tokens') ?? []
  const template = metadata.text('tokenizer.chat_template')
  const token = (name: string): string | null =>
    tokens[metadata.number(`tokenizer.ggml.${name}_token_id`) ?? -1] ?? null
  // a file always has one, but many models never begin with it
  const begins = metadata.flag('tokenizer.ggml.add_bos_token') ?? metadata.text('tokenizer.ggml.model') === 'llama'
  return {
    bos_token: begins || template?.includes('bos_token') === true ? token('bos') : null,
    eos_token: token('eos'),
    ...(template !== undefined && { chat_template: template }),
    clean_up_tokenization_spaces: false,
  }
}

interface AddedToken {
  id: number
  content: string
  special: boolean
}

function addedToken(content: string, id: number, type: number | undefined): AddedToken[] {
  if (content === '' || type === undefined || ![UNKNOWN, CONTROL, USER_DEFINED].includes(type)) return []
  const plain = { lstrip: false, rstrip: false, single_word: false, normalized: false }
  return [{ id, content, ...plain, special: type !== USER_DEFINED }]
}

/** Byte-level BPE with the merges that the file lists. */
function bytePairs(metadata: Metadata, tokens: readonly string[], added: ReadonlySet<number>): Record<string, unknown> {
  const merges = metadata.texts('tokenizer.ggml.merges')
  if (!merges) throw wrong('the tokenizer has no merges', 'tokenizer.ggml.merges')
  const { pre_tokenizer, normalizer, ignore_merges } = splittingOf(metadata)()
  const made = new Set(merges.flatMap((merge) => [...merge.split(' '), merge.replace(' ', '')]))
  const words = tokens.flatMap((token, id) => (added.has(id) && !made.has(token) ? [] : [[token, id] as const]))
  const shape = { dropout: null, unk_token: null, continuing_subword_prefix: null, end_of_word_suffix: null }
  const model = { type: 'BPE', ...shape, fuse_unk: false, byte_fallback: false, ignore_merges }
  return {
    normalizer,
    pre_tokenizer,
    decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
    // `constructor` and `__proto__` are tokens, too
    model: { ...model, vocab: Object.fromEntries(words), merges },
  }
}

function splittingOf(metadata: Metadata): NonNullable<ReturnType<typeof SPLITTINGS.get>> {
  const key = 'tokenizer.ggml.pre'
  const said = metadata.text(key) ?? 'default'
  // old files do not say it; only with these is it certain
  const isQwen = metadata.text('general.architecture')?.startsWith('qwen') === true
  const name = said === 'default' && isQwen ? 'qwen2' : said
  const found = SPLITTINGS.get(name)
  if (found) return found
  const quoted = JSON.stringify(name.slice(0, 60))
  const why =
    name === 'default'
      ? 'the file does not say how its tokenizer splits texts (an old one; a newer conversion does)'
      : `its tokenizer splits texts in a way that is not known here, ${quoted}`
  throw wrong(why, key, 'MODEL_UNSUPPORTED')
}

function unknown(kind: string): never {
  const why = `its tokenizer is of the kind ${JSON.stringify(kind.slice(0, 60))}; gpt2 and llama are read`
  throw wrong(why, 'tokenizer.ggml.model', 'MODEL_UNSUPPORTED')
}

function wrong(
  why: string,
  key: string,
  code: 'MODEL_TOKENIZER' | 'MODEL_UNSUPPORTED' = 'MODEL_TOKENIZER',
): DepthwiseError {
  return new DepthwiseError(code, `The tokenizer of this GGUF file cannot be used: ${why}.`, { detail: key })
}
