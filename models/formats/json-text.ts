/** Levels of lists and objects in one another: what goes through them by recursion shall not run out of stack. */
const MAX_DEPTH = 64
/** Lists and objects in one file: a byte or two of text each, but a hundred bytes of memory. */
const MAX_CONTAINERS = 4_000_000

const [QUOTE, BACKSLASH, COLON] = [0x22, 0x5c, 0x3a]
const OPENING = new Set([0x5b, 0x7b])
const CLOSING = new Set([0x5d, 0x7d])

/** Why a text is no JSON that is read here; its message goes on where a sentence has named the file. */
export class JsonError extends Error {}

/**
 * What bytes of UTF-8 say in JSON, and how many keys the outermost object has, those included that occur twice.
 * @throws JsonError where they are damaged, nested too deep, or made to take much memory
 */
export function parseJson(bytes: Uint8Array): { data: unknown; keys: number } {
  const keys = inspect(bytes)
  try {
    return { data: JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)), keys }
  } catch (cause) {
    throw new JsonError('is not valid JSON', { cause })
  }
}

function inspect(bytes: Uint8Array): number {
  let [depth, containers, keys] = [0, 0, 0]
  let inString = false
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i]!
    if (inString) {
      if (byte === BACKSLASH) i++
      else if (byte === QUOTE) inString = false
    } else if (byte === QUOTE) inString = true
    else if (byte === COLON && depth === 1) keys++
    else if (OPENING.has(byte)) {
      if (++depth > MAX_DEPTH) throw new JsonError(`nests deeper than ${MAX_DEPTH} levels`)
      if (++containers > MAX_CONTAINERS) throw new JsonError(`has more than ${MAX_CONTAINERS} lists and objects`)
    } else if (CLOSING.has(byte)) depth--
  }
  return keys
}
