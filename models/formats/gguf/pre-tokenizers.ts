/** Parts of a tokenizer.json that a name in a GGUF file stands for. */
export interface Splitting {
  pre_tokenizer: Record<string, unknown>
  normalizer: Record<string, unknown> | null
  /** Whether a piece that is a token as a whole is taken as it is. */
  ignore_merges: boolean
}

const byteLevel = (ownPattern: boolean): Record<string, unknown> => ({
  type: 'ByteLevel',
  add_prefix_space: false,
  trim_offsets: true,
  use_regex: ownPattern,
})

/** By a pattern, then to bytes. */
function pattern(regex: string, { nfc = false, whole = false } = {}): Splitting {
  const split = { type: 'Split', pattern: { Regex: regex }, behavior: 'Isolated', invert: false }
  return {
    pre_tokenizer: { type: 'Sequence', pretokenizers: [split, byteLevel(false)] },
    normalizer: nfc ? { type: 'NFC' } : null,
    ignore_merges: whole,
  }
}

/** By GPT-2's pattern. @param digits whether every digit is a piece of its own before */
function gpt2({ digits = false } = {}): Splitting {
  const parts = [...(digits ? [{ type: 'Digits', individual_digits: true }] : []), byteLevel(true)]
  return { pre_tokenizer: { type: 'Sequence', pretokenizers: parts }, normalizer: null, ignore_merges: false }
}

const CONTRACTIONS = String.raw`(?i:'s|'t|'re|'ve|'m|'ll|'d)`
const LETTERS = String.raw`[^\r\n\p{L}\p{N}]?\p{L}+`
const REST = String.raw` ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`
const [UPPER, LOWER] = [String.raw`[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]`, String.raw`[\p{Ll}\p{Lm}\p{Lo}\p{M}]`]
const BEFORE = String.raw`[^\r\n\p{L}\p{N}]?`

const LLAMA3 = `${CONTRACTIONS}|${LETTERS}|${String.raw`\p{N}{1,3}`}|${REST}`
const QWEN2 = `${CONTRACTIONS}|${LETTERS}|${String.raw`\p{N}`}|${REST}`
const TEKKEN = `${BEFORE}${UPPER}*${LOWER}+|${BEFORE}${UPPER}+${LOWER}*|${String.raw`\p{N}`}|${REST.replace('[\\r\\n]*', '[\\r\\n/]*')}`

/** What `tokenizer.ggml.pre` of a model with byte-level BPE stands for, as the models' own tokenizer.json have it. */
export const SPLITTINGS: ReadonlyMap<string, () => Splitting> = new Map([
  ...['llama3', 'llama-v3', 'llama-bpe', 'falcon3', 'pixtral', 'lfm2'].map(
    (name) => [name, () => pattern(LLAMA3, { whole: true })] as const,
  ),
  ...['smaug-bpe', 'dbrx'].map((name) => [name, () => pattern(LLAMA3)] as const),
  ...['qwen2', 'deepseek-r1-qwen'].map((name) => [name, () => pattern(QWEN2, { nfc: true })] as const),
  ...['smollm', 'starcoder', 'refact', 'command-r'].map((name) => [name, () => gpt2({ digits: true })] as const),
  ...['gpt-2', 'gpt2', 'olmo', 'mpt', 'phi-2'].map((name) => [name, () => gpt2()] as const),
  ['tekken', () => pattern(TEKKEN, { whole: true })],
])
