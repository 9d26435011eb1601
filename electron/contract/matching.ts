/** From `start` to before `end`, in UTF-16 units of a text. */
export type Hit = [start: number, end: number]

const MARKS = /\p{M}+/gu
const WHITE = /\s/
const known = new Map<string, string>()

/** What a character is compared by: without case and diacritics; a combining mark is compared by nothing. */
function folded(character: string): string {
  let letter = known.get(character)
  if (letter === undefined) {
    letter = WHITE.test(character) ? ' ' : character.normalize('NFD').replace(MARKS, '').toLowerCase()
    known.set(character, letter)
  }
  return letter
}

/** A text as it is compared, as the search index compares it. */
export function fold(text: string): string {
  return Array.from(text, folded).join('')
}

/** The words that a search is for; what stands in double quotes is one. */
export function termsOf(text: string): string[] {
  const found = text.replaceAll('\0', ' ').matchAll(/"([^"]*[^"\s][^"]*)"|\S+/g)
  return Array.from(found, ([word, phrase]) => (phrase ?? word).trim())
}

/** Where any of the terms stands in the text: in order, without overlaps, at most `most`. */
export function findHits(text: string, terms: readonly string[], most = Infinity): Hit[] {
  const { plain, places } = withPlaces(text)
  const found: Hit[] = []
  for (const term of new Set(terms.map(fold))) {
    if (term === '') continue
    for (let at = plain.indexOf(term); at >= 0 && found.length < most * terms.length;) {
      found.push([at, at + term.length])
      at = plain.indexOf(term, at + term.length)
    }
  }
  found.sort(([a, aEnd], [b, bEnd]) => a - b || bEnd - aEnd)
  const hits: Hit[] = []
  let last = 0
  for (const [start, end] of found) {
    if (start < last || hits.length >= most) continue
    hits.push(places ? [places[start]!, places[end]!] : [start, end])
    last = end
  }
  return hits
}

/** `places`: where each unit of `plain` comes from, and one more for its end; null where it is the same place. */
function withPlaces(text: string): { plain: string; places: number[] | null } {
  if (/^[\x20-\x7f\n\t\r]*$/.test(text)) return { plain: text.toLowerCase().replace(/[\n\t\r]/g, ' '), places: null }
  const places: number[] = []
  let plain = ''
  let at = 0
  for (const character of text) {
    const letter = folded(character)
    for (let unit = 0; unit < letter.length; unit++) places.push(at)
    plain += letter
    at += character.length
  }
  places.push(at)
  return { plain, places }
}
