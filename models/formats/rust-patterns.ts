/**
 * Parts of a tokenizer.json written so that JavaScript's library splits as the Rust one (huggingface/tokenizers) does. The
 * library takes patterns that a file spells out as Rust means them, but its built-in ones by JavaScript's \s, \d and \w,
 * and every behaviour of a split for one. So what is built in is spelled out here.
 */
type Part = Record<string, unknown> & { type: string }

/** GPT-2's, as ByteLevel has it. */
const GPT2 = String.raw`'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`
/** Of the crate `regex`, whose \w is UTS 18's. */
const WORD = String.raw`\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\u200c\u200d`
/** ASCII's punctuation has symbols among it. */
const PUNCTUATION = String.raw`\p{P}\u0021-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u007e`
const START = String.raw`\A`
const END = String.raw`\z`
/** Syntax of regular expressions, to be taken as text. */
const SYNTAX = /[\\^$.*+?()[\]{}|/-]/g

/** A tokenizer.json with its normalizer and pre-tokenizer so written. */
export function asRustSplits<T extends Record<string, unknown>>(file: T): T {
  return {
    ...file,
    normalizer: each(file.normalizer, 'normalizers', normalizer),
    pre_tokenizer: withoutUnknownBytes(each(file.pre_tokenizer, 'pretokenizers', preTokenizer), file),
  }
}

/**
 * Rust leaves bytes that a byte-level vocabulary lacks out before it merges what stands beside them, the library after.
 * SmolLM2's lacks some controls.
 */
function withoutUnknownBytes(written: unknown, { model, pre_tokenizer: part }: Record<string, unknown>): unknown {
  const { type, vocab, unk_token: unknown } = model as Record<string, unknown>
  if (type !== 'BPE' || unknown != null || !isPart(part) || !isPart(written)) return written
  if (!JSON.stringify(part).includes('"ByteLevel"')) return written
  const missing = BYTE_CHARACTERS.filter((character) => !Object.hasOwn(vocab as object, character))
  if (missing.length === 0) return written
  const drop = replace(`[${missing.map(literal).join('')}]`)
  return { type: 'Sequence', pretokenizers: [written, drop] }
}

/** What stands for the 256 bytes in a byte-level vocabulary: those that can be seen, and as many others. */
const BYTE_CHARACTERS = ((): string[] => {
  const seen = (byte: number): boolean => (byte > 0x20 && byte < 0x7f) || (byte > 0xa0 && byte !== 0xad)
  const bytes = Array.from({ length: 256 }, (_, byte) => byte)
  const others = bytes.filter((byte) => !seen(byte)).map((_, i) => 256 + i)
  return [...bytes.filter(seen), ...others].map((code) => String.fromCharCode(code))
})()

/** As a pre-tokenizer the library's own invention. */
function replace(regex: string, content = ''): Part {
  return { type: 'Replace', pattern: { Regex: regex }, content }
}

/** Applies `write` to a part, or to each in a sequence of them; what is no part stays for the library to refuse. */
function each(part: unknown, list: string, write: (part: Part) => Part): unknown {
  if (!isPart(part)) return part
  const inner = part[list]
  if (part.type !== 'Sequence' || !Array.isArray(inner)) return write(part)
  return { ...part, [list]: inner.map((one: unknown) => each(one, list, write)) }
}

function isPart(part: unknown): part is Part {
  return typeof part === 'object' && part !== null && typeof (part as Part).type === 'string'
}

function normalizer(part: Part): Part {
  switch (part.type) {
    case 'Strip': {
      const sides = [part.strip_left === true && `${START}\\s+`, part.strip_right === true && `\\s+${END}`]
      return { type: 'Sequence', normalizers: sides.flatMap((side) => (side === false ? [] : replace(side))) }
    }
    case 'Lowercase':
      // Rust's goes character by character and knows no final sigma
      return { type: 'Sequence', normalizers: [replace('Σ', 'σ'), part] }
    default:
      return part
  }
}

function preTokenizer(part: Part): Part {
  switch (part.type) {
    case 'ByteLevel':
      return byteLevel(part)
    case 'Digits':
      return isolated(part.individual_digits === true ? String.raw`\p{N}` : String.raw`\p{N}+`)
    case 'Whitespace':
      return matches(String.raw`[${WORD}]+|[^${WORD}\s]+`)
    case 'WhitespaceSplit':
      return matches(String.raw`\S+`)
    case 'BertPreTokenizer':
      return matches(String.raw`[${PUNCTUATION}]|[^\s${PUNCTUATION}]+`)
    case 'Punctuation':
      return split(`[${PUNCTUATION}]`, part.behavior ?? 'Isolated') ?? part
    case 'Metaspace':
      return part.split === false ? part : metaspace(part)
    case 'Split':
      return splitAt(part) ?? part
    default:
      return part
  }
}

function byteLevel(part: Part): Part {
  if (part.use_regex === false) return part
  const prefix = part.add_prefix_space === true
  const parts = [
    ...(prefix ? [replace(`${START}[^ ]`, ' $&')] : []),
    isolated(GPT2),
    { ...part, add_prefix_space: false, use_regex: false },
  ]
  return { type: 'Sequence', pretokenizers: parts }
}

/** Words, each with the mark before it. */
function metaspace(part: Part): Part {
  const mark = typeof part.replacement === 'string' ? part.replacement : '▁'
  return { type: 'Sequence', pretokenizers: [part, split(literal(mark), 'MergedWithNext')] }
}

/** null where the library does it right, or is to refuse it. */
function splitAt({ pattern, behavior, invert }: Part): Part | null {
  if (typeof pattern !== 'object' || pattern === null) return null
  const { Regex: regex, String: text } = pattern as { Regex?: unknown; String?: unknown }
  const at = typeof regex === 'string' ? regex : typeof text === 'string' && text !== '' ? literal(text) : null
  if (at === null || behavior === 'Removed') return null
  // what is no match is kept too, so that it does not matter which is which
  if (invert === true) return behavior === 'Isolated' ? isolated(at) : null
  return split(at, behavior)
}

/** @param behavior Rust's SplitDelimiterBehavior: what becomes of the matches of `at` */
function split(at: string, behavior: unknown): Part | null {
  const other = `(?:(?!${at})${ANY})`
  switch (behavior) {
    case 'Isolated':
      return isolated(at)
    case 'Contiguous':
      return isolated(`(?:${at})+`)
    case 'Removed':
      return { type: 'Split', pattern: { Regex: at }, behavior, invert: false }
    case 'MergedWithPrevious':
      return matches(`${other}*(?:${at})|${other}+`)
    case 'MergedWithNext':
      return matches(`(?:${at})${other}*|${other}+`)
    default:
      return null
  }
}

const ANY = String.raw`[\s\S]`

/** Matches become pieces, and so does what lies between them. */
function isolated(regex: string): Part {
  return { type: 'Split', pattern: { Regex: regex }, behavior: 'Isolated', invert: false }
}

/** Matches become pieces, and the rest falls away. */
function matches(regex: string): Part {
  return { type: 'Split', pattern: { Regex: regex }, behavior: 'Removed', invert: true }
}

function literal(text: string): string {
  return text.replace(SYNTAX, String.raw`\$&`)
}
