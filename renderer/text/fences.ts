/** A line that begins code: its indent, its mark and what follows. */
export const FENCE = /^( {0,3})(`{3,}|~{3,})([^`]*)$/

/** Whether a line ends code that was begun with `mark`; marks can be of any length. */
export function closesFence(line: string, mark: string): boolean {
  let at = 0
  while (at < 3 && line[at] === ' ') at++
  let length = 0
  while (line[at + length] === mark[0]) length++
  return length >= mark.length && line.slice(at + length).trim() === ''
}
