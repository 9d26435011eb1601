import { describe, expect, it, vi } from 'vitest'
import type { Shortcut, ShortcutId } from '../../electron/contract/shortcuts.ts'
import { SHORTCUTS } from '../../electron/contract/shortcuts.ts'
import { acceleratorOf } from '../../electron/main/accelerator.ts'
import { sends } from '../../renderer/composer/keys.ts'
import type { Actions, Key } from '../../renderer/shortcuts/match.ts'
import { words } from '../../renderer/language/language.svelte.ts'
import { act, isShortcut } from '../../renderer/shortcuts/match.ts'
import { grouped, keysOf } from '../../renderer/shortcuts/words.ts'

const NONE: Key = { key: '', code: '', ctrlKey: false, altKey: false, metaKey: false, shiftKey: false }
const pressed = (part: Partial<Key>): Key => ({ ...NONE, ...part })
const ENTRIES = Object.entries(SHORTCUTS) as [ShortcutId, Shortcut][]

function actions(part: Partial<Actions> = {}): Actions {
  const ids = ENTRIES.filter(([, { by }]) => by === 'window').map(([id]) => [id, () => true])
  return { ...(Object.fromEntries(ids) as Actions), ...part }
}

describe('the table of shortcuts', () => {
  it('gives no two things of the page the same keys', () => {
    const keys = ENTRIES.filter(([, { by }]) => by === 'window' || by === 'menu').flatMap(([, { chords }]) =>
      chords.map((chord) => keysOf(chord, false).join('+')),
    )
    expect(new Set(keys).size).toBe(keys.length)
  })

  it.each(ENTRIES.flatMap(([id, { chords }]) => chords.map((chord) => [id, chord] as const)))(
    'is what handlers hear by: %s, %j',
    (id, { key, mod, ctrl, shift }) => {
      for (const mac of [false, true]) {
        const held = {
          ctrlKey: ctrl === true || (mod === true && !mac),
          metaKey: mod === true && mac,
          shiftKey: shift === true,
        }
        expect(isShortcut(pressed({ key, ...held }), id, mac)).toBe(true)
        expect(isShortcut(pressed({ key, ...held, altKey: true }), id, mac)).toBe(false)
        expect(isShortcut(pressed({ key, ...held, ctrlKey: !held.ctrlKey }), id, mac)).toBe(
          // Enter sends with Ctrl and without
          id === 'send' && !mac,
        )
      }
    },
  )

  it('is shown whole, what only a menu hears where there is a menu', () => {
    const shown = (menu: boolean) => grouped(menu).flatMap(([, shortcuts]) => shortcuts.map(({ does }) => does))
    expect(shown(true)).toEqual(expect.arrayContaining(Object.values(words().shortcuts.does)))
    expect(shown(false)).not.toContain(words().shortcuts.does.zoomIn)
    expect(keysOf(SHORTCUTS.newChatInPage.chords[0], true)).toEqual(['⌘', '⇧', 'O'])
    expect(keysOf(SHORTCUTS.stop.chords[0], false)).toEqual(['Esc'])
  })

  it('is written as Electron writes it', () => {
    expect(acceleratorOf('newChat')).toBe('CmdOrCtrl+N')
    expect(acceleratorOf('zoomIn')).toBe('CmdOrCtrl+Plus')
  })
})

describe('a key', () => {
  const free = { typing: false, inDialog: false }

  it('shows the shortcuts outside of text fields only, Ctrl+/ everywhere', () => {
    expect(act(pressed({ key: '?', shiftKey: true }), free, actions())).toBe('help')
    expect(act(pressed({ key: '?', shiftKey: true }), { ...free, typing: true }, actions())).toBeNull()
    expect(act(pressed({ key: '/', ctrlKey: true }), { ...free, typing: true }, actions())).toBe('help')
    expect(act(pressed({ key: '?' }), { ...free, inDialog: true }, actions())).toBeNull()
  })

  it('is left to others where there is nothing to do', () => {
    const stop = vi.fn(() => false)
    expect(act(pressed({ key: 'Escape' }), free, actions({ stop }))).toBeNull()
    expect(stop).toHaveBeenCalledOnce()
  })

  it('moves the budget with Ctrl and a bracket, wherever the bracket is', () => {
    const of = (part: Partial<Key>) => act(pressed(part), { ...free, typing: true }, actions())
    expect(of({ key: '[', ctrlKey: true })).toBe('lowerBudget')
    expect(of({ key: 'ü', code: 'BracketLeft', ctrlKey: true })).toBe('lowerBudget')
    expect(of({ key: ']', ctrlKey: true })).toBe('raiseBudget')
    expect(of({ key: '[' })).toBeNull()
    expect(of({ key: '[', ctrlKey: true, altKey: true })).toBeNull()
  })

  it('sends with Enter, but not a new line and not while an input method composes', () => {
    const enter = { ...pressed({ key: 'Enter' }), isComposing: false, keyCode: 13 }
    expect(sends(enter)).toBe(true)
    expect(sends({ ...enter, shiftKey: true })).toBe(false)
    expect(sends({ ...enter, isComposing: true })).toBe(false)
    expect(sends({ ...enter, keyCode: 229 })).toBe(false)
    expect(sends({ ...enter, key: 'a' })).toBe(false)
  })
})
