import { words } from '../language/language.svelte.ts'
import { count } from '../ui/words.ts'

export interface Shown {
  /** Of what is on view, or of the conversation whose answer is being written; null for a new chat. */
  title: string | null
  /** Answers under way. */
  writing: number
  /** Tokens per second, of one answer; null while it waits or reads. */
  speed: number | null
  /** Answers that have ended while the window was not in front. */
  unseen: number
}

/** The title of the window, which is all of it that is seen while it is behind others. */
export function windowTitle({ title, writing, speed, unseen }: Shown): string {
  if (writing > 1) return `${words().status.writingSeveral(writing)} – Depthwise`
  if (writing === 1) {
    const pace = speed === null ? '' : ` ${words().status.pace(speed)}`
    return `${words().status.writing}${pace} — ${title ?? 'Depthwise'}`
  }
  if (unseen > 1) return `✓ ${count(unseen, 'answer')} – Depthwise`
  const plain = title === null ? 'Depthwise' : `${title} – Depthwise`
  return unseen === 1 ? `✓ ${plain}` : plain
}
