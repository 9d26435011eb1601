import type { Section } from './sections.ts'

/** So many more parts of a section are shown when more is asked for, at least. */
const MORE = 5

/** What is shown of a section that cannot be divided: `parts` of it. */
export interface Excerpt {
  text: string
  lines: number
  /** Parts to be shown when more is asked for, and the lines that will be shown then; null where nothing is left. */
  next: { parts: number; lines: number } | null
}

export function excerptOf({ text, lines, breaks }: Section, parts: number): Excerpt {
  const last = breaks[parts - 1]
  if (!last || text.slice(last.at).trim() === '') return { text, lines, next: null }
  // twice as much each time, so that few steps lead to the end
  const more = Math.max(MORE, parts)
  const then = breaks[parts + more - 1]
  return {
    text: text.slice(0, last.at),
    lines: last.line,
    next: { parts: parts + more, lines: then?.line ?? lines },
  }
}
