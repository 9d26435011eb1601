import type { Message } from '../../electron/contract/values.ts'

/** Pixels of a line of text and of what stands around it; letters on a line. */
const [LINE, AROUND, LETTERS] = [27, 56, 85]
/** Of a message that has not been read. */
const UNREAD = 160

/** About how high a message is on a wide window, before it has been laid out. */
export function estimatedHeight({ text }: Message, unread: boolean): number {
  if (unread) return UNREAD
  let lines = 0
  for (const line of text.split('\n')) lines += Math.max(1, Math.ceil(line.length / LETTERS))
  return AROUND + LINE * lines
}
