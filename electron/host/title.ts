export const NEW_TITLE = 'New chat'

const LONGEST = 60

/** The beginning of a conversation's first message, cut at the end of a word; where nothing was written, the names of its files. */
export function titleOf(text: string, files: readonly string[] = []): string {
  const line = (text.trim() === '' ? files.join(', ') : text).replaceAll(/\s+/g, ' ').trim()
  const letters = Array.from(line)
  if (letters.length <= LONGEST) return line
  const cut = letters.slice(0, LONGEST + 1).join('')
  const end = cut.lastIndexOf(' ')
  const whole = end > LONGEST / 3 ? cut.slice(0, end) : letters.slice(0, LONGEST).join('')
  return `${whole.replace(/[\s,;:.–-]+$/, '')}…`
}
