const ALLOWED = new Set(['https:', 'http:', 'mailto:'])

/** A link that may be handed to the system's browser or mail program, in canonical form; else null. */
export function outwardLink(text: string): string | null {
  if (!URL.canParse(text)) return null
  const url = new URL(text)
  return ALLOWED.has(url.protocol) ? url.href : null
}
