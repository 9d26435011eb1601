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

interface Row {
  does: string
  chords: readonly Chord[]
}

/** The shortcuts by group, in the order of the table; those that do the same in one row. @param menu whether there is a menu to act upon its own */
export function grouped(menu: boolean): [group: string, shortcuts: Row[]][] {
  const groups = new Map<string, Row[]>()
  for (const shortcut of Object.values<Shortcut>(SHORTCUTS)) {
    if (shortcut.by === 'menu' && !menu) continue
    const rows = groups.get(shortcut.group) ?? []
    groups.set(shortcut.group, rows)
    const same = rows.find(({ does }) => does === shortcut.does)
    if (same) same.chords = [...same.chords, ...shortcut.chords]
    else rows.push({ does: shortcut.does, chords: shortcut.chords })
  }
  return [...groups]
}
