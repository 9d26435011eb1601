import type * as v from 'valibot'
import type { SharedWords } from './language/en.ts'
import type { Message, NotificationsSchema } from './values.ts'

export type Notifications = v.InferOutput<typeof NotificationsSchema>

const LONGEST = 140

/** Whether the end of an answer is news: not where it was stopped. */
export const isNews = ({ status }: Pick<Message, 'status'>): boolean => status !== 'stopped'

/** What the system shows of an answer that has ended; null: nothing. */
export function notificationOf(
  say: SharedWords,
  choice: Notifications,
  title: string,
  { status, text, generation }: Pick<Message, 'status' | 'text' | 'generation'>,
): { title: string; body: string } | null {
  if (choice === 'off' || !isNews({ status })) return null
  const what = status === 'complete' ? say.answered : say.brokenOff
  if (choice === 'plain') return { title: 'Depthwise', body: what }
  if (status === 'complete') return { title, body: firstWords(text) || what }
  const failure = generation?.failure
  return { title, body: failure ? say.failed(failure.code, failure.message) : what }
}

/** The beginning of an answer on one line, without the marks of Markdown. */
function firstWords(text: string): string {
  const line = text
    .slice(0, 4 * LONGEST)
    .replaceAll(/^[ \t]*(?:#{1,6}|[-*+>]|\d+\.|`{3}.*|\|)[ \t]*/gm, '')
    .replaceAll(/[*_`]{1,3}(?=\S)|(?<=\S)[*_`]{1,3}/g, '')
    .replaceAll(/\s+/g, ' ')
    .trim()
  const letters = Array.from(line)
  if (letters.length <= LONGEST) return line
  return `${letters
    .slice(0, LONGEST)
    .join('')
    .replace(/\s+\S*$/, '')}…`
}
