import type { Key as Pressed } from '../shortcuts/match.ts'
import { isShortcut } from '../shortcuts/match.ts'

interface Key extends Pressed {
  isComposing: boolean
  keyCode: number
}

/** Whether it sends; not while an input method is still composing (old engines say 229 then). */
export function sends(event: Key): boolean {
  return isShortcut(event, 'send') && !event.isComposing && event.keyCode !== 229
}
