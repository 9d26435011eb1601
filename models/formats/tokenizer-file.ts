import * as v from 'valibot'
import { DepthwiseError } from '../common/errors.ts'
import type { ModelSource } from './model-source.ts'
import { asRustSplits } from './rust-patterns.ts'

/** Most of what is in no real file; each of them is walked or compiled before anything can be limited by time. */
const MAX_REGEX = 20_000
const MAX_ADDED_LENGTH = 1000
const MAX_ADDED_TOTAL = 2_000_000

const AddedTokenSchema = v.looseObject({
  id: v.number(),
  content: v.pipe(v.string(), v.maxLength(MAX_ADDED_LENGTH)),
  special: v.optional(v.boolean()),
})
const ModelSchema = v.looseObject({
  type: v.optional(v.picklist(['BPE', 'Unigram', 'WordPiece'])),
  vocab: v.optional(v.unknown()),
  merges: v.optional(v.unknown()),
  unk_id: v.optional(v.unknown()),
  continuing_subword_prefix: v.nullish(v.string()),
})
const FileSchema = v.looseObject({ model: ModelSchema, added_tokens: v.optional(v.array(AddedTokenSchema), []) })
type Model = v.InferOutput<typeof ModelSchema>
type AddedToken = v.InferOutput<typeof AddedTokenSchema>

/** tokenizer.json as the tokenizer's library takes it. */
export type TokenizerFile = Record<string, unknown> & { added_tokens: AddedToken[] }

/**
 * Reads a tokenizer.json and checks what the library does not. Vocabularies are not copied: a schema would lose tokens
 * like `constructor`.
 * @throws DepthwiseError MODEL_TOKENIZER: unreadable, inconsistent, or with ids outside the vocabulary
 */
export function readTokenizerFile(source: ModelSource, vocabSize: number): TokenizerFile {
  const json = source.raw('tokenizer.json', 'MODEL_TOKENIZER')
  const parsed = v.safeParse(FileSchema, json)
  if (!parsed.success) {
    const issue = parsed.issues[0]
    throw wrong(v.getDotPath(issue) ?? '(the whole file)', `has a wrong value: ${issue.message.slice(0, 200)}`)
  }
  const { model, added_tokens } = parsed.output
  if (Array.isArray(model.vocab)) checkPieces(model.vocab, model.unk_id, vocabSize)
  else checkVocabulary(model, vocabSize)
  checkAdded(added_tokens, vocabSize)
  for (const part of ['normalizer', 'pre_tokenizer', 'post_processor', 'decoder']) {
    checkComponent((json as Record<string, unknown>)[part], part)
  }
  return asRustSplits({ ...(json as Record<string, unknown>), added_tokens })
}

/** Token → id, and merges of two tokens into a third. */
function checkVocabulary({ vocab, merges, type, continuing_subword_prefix: prefix }: Model, vocabSize: number): void {
  if (typeof vocab !== 'object' || vocab === null) throw wrong('model.vocab', 'is no object')
  for (const [token, id] of Object.entries(vocab)) checkId(id, vocabSize, token, 'model.vocab')
  if (type === 'Unigram') throw wrong('model.vocab', 'is no list')
  if (type === 'WordPiece' || (type === undefined && merges === undefined)) return
  if (!Array.isArray(merges)) throw wrong('model.merges', 'is no list')
  const pairs = Array.isArray(merges[0])
  merges.forEach((merge: unknown, i) => {
    const field = `model.merges.${i}`
    const [left, right, ...more] = pairs ? asList(merge) : typeof merge === 'string' ? merge.split(' ') : []
    if (typeof left !== 'string' || typeof right !== 'string' || more.length > 0) throw wrong(field, 'is no pair')
    for (const token of [left, right, left + right.slice(prefix?.length ?? 0)]) {
      if (!Object.hasOwn(vocab, token)) {
        throw wrong(field, `merges a token that the vocabulary lacks: ${JSON.stringify(token.slice(0, 40))}`)
      }
    }
  })
}

/** A list of [token, score], ids being places in it. */
function checkPieces(vocab: readonly unknown[], unknownId: unknown, vocabSize: number): void {
  if (vocab.length === 0) throw wrong('model.vocab', 'is empty')
  vocab.forEach((piece, id) => {
    const [token, score, ...more] = asList(piece)
    if (typeof token !== 'string' || typeof score !== 'number' || !Number.isFinite(score) || more.length > 0) {
      throw wrong(`model.vocab.${id}`, 'is no pair of a token and its score')
    }
    checkId(id, vocabSize, token, `model.vocab.${id}`)
  })
  if (unknownId != null) checkId(unknownId, vocab.length, 'unk_id', 'model.unk_id')
}

function checkAdded(tokens: readonly AddedToken[], vocabSize: number): void {
  let total = 0
  tokens.forEach(({ id, content }, i) => {
    checkId(id, vocabSize, content, `added_tokens.${i}.id`)
    if ((total += content.length) > MAX_ADDED_TOTAL) {
      throw wrong('added_tokens', `has more than ${MAX_ADDED_TOTAL} characters`)
    }
  })
}

function checkId(id: unknown, end: number, token: string, field: string): void {
  if (typeof id === 'number' && Number.isInteger(id) && id >= 0 && id < end) return
  throw new DepthwiseError(
    'MODEL_TOKENIZER',
    `tokenizer.json does not match the model: ${JSON.stringify(token.slice(0, 40))} has the token id ${String(id).slice(0, 40)}, the vocabulary ends at ${end - 1}.`,
    { detail: field },
  )
}

/** Looks through a normalizer, pre-tokenizer, post-processor or decoder and what it is made of. */
function checkComponent(part: unknown, field: string): void {
  if (typeof part !== 'object' || part === null) return
  if ((part as { type?: unknown }).type === 'FixedLength') {
    const { length } = part as { length?: unknown }
    if (!Number.isSafeInteger(length) || (length as number) < 1) throw wrong(`${field}.length`, 'is no length')
  }
  for (const [key, value] of Object.entries(part) as [string, unknown][]) {
    const inner = `${field}.${key.slice(0, 40)}`
    if (key === 'Regex' && (typeof value !== 'string' || value.length > MAX_REGEX)) {
      throw wrong(inner, `is no regular expression of at most ${MAX_REGEX} characters`)
    }
    // the library takes an unknown pattern for none, and says so on the console
    if (key === 'pattern' && !isPattern(value)) throw wrong(inner, 'is no pattern')
    checkComponent(value, inner)
  }
}

function isPattern(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  const { Regex: regex, String: text } = value as { Regex?: unknown; String?: unknown }
  return typeof (regex ?? text) === 'string'
}

function asList(value: unknown): unknown[] {
  return Array.isArray(value) ? value : []
}

function wrong(field: string, why: string): DepthwiseError {
  return new DepthwiseError('MODEL_TOKENIZER', `tokenizer.json: ${field} ${why}.`, { detail: field })
}
