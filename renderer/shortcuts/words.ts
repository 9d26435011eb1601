import type { Chord, Shortcut, ShortcutId } from '../../electron/contract/shortcuts.ts'
import { SHORTCUTS } from '../../electron/contract/shortcuts.ts'
import { words } from '../language/language.svelte.ts'

const SIGNS: Readonly<Record<string, string>> = { ArrowLeft: '←', ArrowRight: '→' }

/** What is written on the keys of a chord, in the order in which they are pressed. */
export function keysOf({ key, mod, ctrl, shift }: Chord, mac: boolean): string[] {
  const keys: string[] = []
  const { shortcuts } = words()
  const names: Readonly<Record<string, string>> = shortcuts.keys
  if (ctrl || (mod && !mac)) keys.push(shortcuts.ctrl)
  if (mod && mac) keys.push('⌘')
  if (shift) keys.push(mac ? '⇧' : shortcuts.shift)
  return [...keys, names[key] ?? SIGNS[key] ?? (key.length === 1 ? key.toUpperCase() : key)]
}

interface Row {
  does: string
  chords: readonly Chord[]
}

/** The shortcuts by group, in the order of the table; those that do the same in one row. @param menu whether there is a menu to act upon its own */
export function grouped(menu: boolean): [group: string, shortcuts: Row[]][] {
  const groups = new Map<string, Row[]>()
  const { shortcuts } = words()
  for (const [id, shortcut] of Object.entries(SHORTCUTS) as [ShortcutId, Shortcut][]) {
    if (shortcut.by === 'menu' && !menu) continue
    const group = shortcuts.groups[shortcut.group]
    const does = shortcuts.does[id]
    const rows = groups.get(group) ?? []
    groups.set(group, rows)
    const same = rows.find((row) => row.does === does)
    if (same) same.chords = [...same.chords, ...shortcut.chords]
    else rows.push({ does, chords: shortcut.chords })
  }
  return [...groups]
}
