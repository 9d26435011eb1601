/** A key, and those held down with it. */
export interface Chord {
  /** As KeyboardEvent.key names it; a letter in lower case. */
  readonly key: string
  /** Where it lies on the keyboard, whatever is on it there (KeyboardEvent.code); one of the two is enough. */
  readonly code?: string
  /** Ctrl; on a Mac ⌘. */
  readonly mod?: true
  /** Ctrl, also on a Mac. */
  readonly ctrl?: true
  readonly shift?: true
}

/**
 * Who acts upon it. window: the page, wherever the focus is; field: the field or list that has the focus; control: what
 * every such control does by itself; menu: the menu of the app's own window.
 */
type By = 'window' | 'field' | 'control' | 'menu'

export interface Shortcut {
  readonly chords: readonly Chord[]
  readonly group: 'Conversations' | 'Writing' | 'Thinking budget' | 'Window'
  readonly by: By
}

/**
 * All shortcuts there are. The page that lists them, the handlers and the menu are made of this table: a key that is not
 * in it does nothing.
 */
export const SHORTCUTS = {
  newChat: {
    chords: [{ key: 'n', mod: true }],
    group: 'Conversations',
    by: 'menu',
  },
  newChatInPage: {
    chords: [{ key: 'o', mod: true, shift: true }],
    group: 'Conversations',
    by: 'window',
  },
  search: {
    chords: [
      { key: 'k', mod: true },
      { key: 'f', mod: true, shift: true },
    ],
    group: 'Conversations',
    by: 'window',
  },
  find: {
    chords: [{ key: 'f', mod: true }],
    group: 'Conversations',
    by: 'window',
  },
  compare: { chords: [{ key: 'e', mod: true, shift: true }], group: 'Thinking budget', by: 'window' },
  nextHit: { chords: [{ key: 'F3' }], group: 'Conversations', by: 'window' },
  previousHit: { chords: [{ key: 'F3', shift: true }], group: 'Conversations', by: 'window' },
  toggleList: {
    chords: [{ key: 'b', mod: true }],
    group: 'Conversations',
    by: 'window',
  },
  rename: { chords: [{ key: 'F2' }], group: 'Conversations', by: 'field' },
  deleteOne: { chords: [{ key: 'Delete' }], group: 'Conversations', by: 'field' },
  closeList: {
    chords: [{ key: 'Escape' }],
    group: 'Conversations',
    by: 'field',
  },
  send: {
    chords: [{ key: 'Enter' }, { key: 'Enter', mod: true }],
    group: 'Writing',
    by: 'field',
  },
  newLine: { chords: [{ key: 'Enter', shift: true }], group: 'Writing', by: 'control' },
  removeFile: { chords: [{ key: 'Delete' }, { key: 'Backspace' }], group: 'Writing', by: 'field' },
  cancelEdit: { chords: [{ key: 'Escape' }], group: 'Writing', by: 'field' },
  stop: { chords: [{ key: 'Escape' }], group: 'Writing', by: 'window' },
  lowerBudget: {
    chords: [{ key: '[', code: 'BracketLeft', ctrl: true }],
    group: 'Thinking budget',
    by: 'window',
  },
  raiseBudget: {
    chords: [{ key: ']', code: 'BracketRight', ctrl: true }],
    group: 'Thinking budget',
    by: 'window',
  },
  stepBudget: {
    chords: [{ key: 'ArrowLeft' }, { key: 'ArrowRight' }],
    group: 'Thinking budget',
    by: 'control',
  },
  leapBudget: {
    chords: [{ key: 'PageDown' }, { key: 'PageUp' }],
    group: 'Thinking budget',
    by: 'control',
  },
  endBudget: {
    chords: [{ key: 'Home' }, { key: 'End' }],
    group: 'Thinking budget',
    by: 'control',
  },
  stepToken: {
    chords: [{ key: 'ArrowLeft' }, { key: 'ArrowRight' }],
    group: 'Thinking budget',
    by: 'field',
  },
  help: {
    chords: [{ key: '?' }, { key: '/', mod: true }],
    group: 'Window',
    by: 'window',
  },
  settings: { chords: [{ key: ',', mod: true }], group: 'Window', by: 'window' },
  reload: { chords: [{ key: 'r', mod: true }], group: 'Window', by: 'menu' },
  zoomIn: { chords: [{ key: '+', mod: true }], group: 'Window', by: 'menu' },
  zoomOut: { chords: [{ key: '-', mod: true }], group: 'Window', by: 'menu' },
  resetZoom: { chords: [{ key: '0', mod: true }], group: 'Window', by: 'menu' },
} as const satisfies Record<string, Shortcut>

export type ShortcutId = keyof typeof SHORTCUTS
/** Those that someone in particular acts upon. */
export type ShortcutsBy<B extends By> = {
  [Id in ShortcutId]: (typeof SHORTCUTS)[Id]['by'] extends B ? Id : never
}[ShortcutId]
