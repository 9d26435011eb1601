import type { Chord, ShortcutId, ShortcutsBy } from '../../electron/contract/shortcuts.ts'
import { SHORTCUTS } from '../../electron/contract/shortcuts.ts'

/** What of a KeyboardEvent is looked at. */
export interface Key {
  key: string
  code: string
  ctrlKey: boolean
  altKey: boolean
  metaKey: boolean
  shiftKey: boolean
}

export const onMac = (): boolean => typeof navigator !== 'undefined' && /^Mac/.test(navigator.platform)

/** Whether a key, with all that is held down, is one of those of the shortcut. */
export function isShortcut(event: Key, id: ShortcutId, mac = onMac()): boolean {
  return (SHORTCUTS[id].chords as readonly Chord[]).some((chord) => matches(event, chord, mac))
}

function matches(event: Key, chord: Chord, mac: boolean): boolean {
  const ctrl = chord.ctrl === true || (chord.mod === true && !mac)
  const meta = chord.mod === true && mac
  if (event.ctrlKey !== ctrl || event.metaKey !== meta || event.altKey) return false
  // which keys want Shift for a sign differs from keyboard to keyboard
  const isSign = chord.key.length === 1 && !/[a-z0-9]/.test(chord.key)
  if (!isSign && event.shiftKey !== (chord.shift === true)) return false
  const pressed = event.key.length === 1 ? event.key.toLowerCase() : event.key
  return pressed === chord.key || (chord.code !== undefined && event.code === chord.code)
}

/** What the page does upon each; false where there was nothing to do, and the key is left to others. */
export type Actions = Record<ShortcutsBy<'window'>, () => boolean>

/** Where the event happened, as far as shortcuts care. */
export interface Situation {
  /** The focus is where text is typed. */
  typing: boolean
  /** A dialog is open: keys are its own. */
  inDialog: boolean
}

/** Acts upon a key. @returns the shortcut that it was */
export function act(event: Key, { typing, inDialog }: Situation, actions: Actions): ShortcutId | null {
  if (inDialog) return null
  const plainSign = event.key.length === 1 && !event.ctrlKey && !event.metaKey
  if (typing && plainSign) return null
  for (const id of Object.keys(actions) as (keyof Actions)[]) if (isShortcut(event, id) && actions[id]()) return id
  return null
}
