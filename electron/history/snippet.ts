import type { Hit } from '../contract/matching.ts'
import { findHits } from '../contract/matching.ts'

const [BEFORE, LENGTH] = [32, 160]
/** So far a snippet is moved to begin with a whole word. */
const NEAR = 16

export interface Snippet {
  snippet: string
  /** In `snippet`. */
  marks: Hit[]
}

/** A piece of a text, on one line, around the first of its hits; its beginning where there are none. */
export function snippetOf(text: string, terms: readonly string[]): Snippet {
  const [first] = findHits(text, terms, 1)
  const start = beginning(text, Math.max(0, (first?.[0] ?? 0) - BEFORE))
  const end = whole(text, Math.max(first?.[1] ?? 0, start + LENGTH))
  const piece = text.slice(start, end).replaceAll(/\s+/g, ' ').trim()
  const snippet = `${start > 0 ? '…' : ''}${piece}${end < text.length ? '…' : ''}`
  return { snippet, marks: findHits(snippet, terms) }
}

function beginning(text: string, at: number): number {
  if (at === 0) return 0
  const space = text.slice(at, at + NEAR).search(/\s/)
  return space < 0 ? whole(text, at) : at + space + 1
}

/** Not between the two halves of a character. */
function whole(text: string, at: number): number {
  return /[\udc00-\udfff]/.test(text.charAt(at)) ? at - 1 : at
}
