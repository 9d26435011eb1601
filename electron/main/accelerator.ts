import type { Chord, ShortcutsBy } from '../contract/shortcuts.ts'
import { SHORTCUTS } from '../contract/shortcuts.ts'

/** A shortcut of the menu as Electron writes it. */
export function acceleratorOf(id: ShortcutsBy<'menu'>): string {
  const [{ key, mod, shift }] = SHORTCUTS[id].chords as readonly [Chord]
  const named = key === '+' ? 'Plus' : key.toUpperCase()
  return [mod && 'CmdOrCtrl', shift && 'Shift', named].filter(Boolean).join('+')
}
