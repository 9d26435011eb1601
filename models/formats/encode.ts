import type { Tokenizer } from '@huggingface/tokenizers'
import { DepthwiseError } from '../common/errors.ts'
import { within } from './time-limit.ts'

/** Regular expressions of a model may backtrack for ever: time for a text, in ms, and ms for every character of it. */
export const TEXT_MS = 2000
const CHARACTER_MS = 0.02

/** Characters that are tokenised at a time where all of them could be more tokens than are wanted. */
const PIECE = 8192
/** The space before which a text is cut, so that pieces have hardly more tokens than the whole: looked for in so many characters. */
const CUT_WITHIN = 256

/** @param most tokens that are wanted; where there are more, some come back that are more than these */
export function encode(tokenizer: Tokenizer, text: string, most = Infinity): number[] {
  if (text === '') return []
  return guarded('tokenizer.json', () => {
    // no token is less than a byte, and no character more than three of them
    if (3 * text.length > most && text.length > PIECE) {
      const first = beginning(tokenizer, text, most)
      if (first) return first
    }
    return idsOf(tokenizer, text)
  })
}

/** Tokens of a text's beginning, where they are more than `most` by more than cutting it makes; else null. */
function beginning(tokenizer: Tokenizer, text: string, most: number): number[] | null {
  const ids: number[] = []
  for (let [at, cuts] = [0, 1]; at < text.length; cuts++) {
    const end = cutBefore(text, at + PIECE)
    ids.push(...idsOf(tokenizer, text.slice(at, end)))
    if (ids.length > most + 2 * cuts) return ids
    at = end
  }
  return null
}

/** A place to cut a text at: before white space, where there is some. */
function cutBefore(text: string, place: number): number {
  if (place >= text.length) return text.length
  const last = text.slice(place - CUT_WITHIN, place).search(/\s\S*$/)
  if (last >= 0) return place - CUT_WITHIN + last
  const isInside = /[\uDC00-\uDFFF]/.test(text[place]!)
  return isInside ? place - 1 : place
}

function idsOf(tokenizer: Tokenizer, text: string): number[] {
  const limit = Math.ceil(TEXT_MS + CHARACTER_MS * text.length)
  const { ids } = within(limit, () => tokenizer.encode(text, { add_special_tokens: false }))
  if (!ids.every(Number.isInteger)) throw new Error('it has no token for a part of the text')
  return ids
}

/** @param what file or field the work is on @throws DepthwiseError MODEL_TOKENIZER, in place of whatever `act` throws */
export function guarded<T>(what: string, act: () => T): T {
  try {
    return act()
  } catch (cause) {
    throw unusable(what, cause instanceof Error ? cause.message : String(cause), cause)
  }
}

export function unusable(what: string, why: string, cause?: unknown): DepthwiseError {
  const message = `${what} cannot be used: ${why.slice(0, 300)}.`
  return new DepthwiseError('MODEL_TOKENIZER', message, { detail: what, cause })
}
