import type { Chord, Shortcut } from '../../electron/contract/shortcuts.ts'
import { SHORTCUTS } from '../../electron/contract/shortcuts.ts'

const NAMES: Readonly<Record<string, string>> = {
  Escape: 'Esc',
  ArrowLeft: '←',
  ArrowRight: '→',
  PageUp: 'Page Up',
  PageDown: 'Page Down',
}

/** What is written on the keys of a chord, in the order in which they are pressed. */
export function keysOf({ key, mod, ctrl, shift }: Chord, mac: boolean): string[] {
  const keys: string[] = []
  if (ctrl || (mod && !mac)) keys.push('Ctrl')
  if (mod && mac) keys.push('⌘')
  if (shift) keys.push(mac ? '⇧' : 'Shift')
  return [...keys, NAMES[key] ?? (key.length === 1 ? key.toUpperCase() : key)]
}

/** The shortcuts by group, in the order of the table. @param menu whether there is a menu to act upon its own */
export function grouped(menu: boolean): [group: string, shortcuts: Shortcut[]][] {
  const groups = new Map<string, Shortcut[]>()
  for (const shortcut of Object.values<Shortcut>(SHORTCUTS)) {
    if (shortcut.by === 'menu' && !menu) continue
    groups.set(shortcut.group, [...(groups.get(shortcut.group) ?? []), shortcut])
  }
  return [...groups]
}
