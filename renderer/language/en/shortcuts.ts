import type { Shortcut, ShortcutId } from '../../../electron/contract/shortcuts.ts'

/** Sentences of renderer/shortcuts. */
export const shortcuts = {
  ctrl: 'Ctrl',
  shift: 'Shift',
  /** What is written on keys, as KeyboardEvent.key names them. */
  keys: {
    Enter: 'Enter',
    Escape: 'Esc',
    Home: 'Home',
    End: 'End',
    PageUp: 'Page Up',
    PageDown: 'Page Down',
    Delete: 'Del',
  },
  groups: {
    Conversations: 'Conversations',
    Writing: 'Writing',
    'Thinking budget': 'Thinking budget',
    Window: 'Window',
  } satisfies Record<Shortcut['group'], string>,
  /** What each does, in a few words. */
  does: {
    newChat: 'New chat',
    newChatInPage: 'New chat',
    search: 'Search the conversations',
    compare: 'Compare side by side',
    find: 'Find in the conversation on view',
    nextHit: 'The next place',
    previousHit: 'The place before',
    toggleList: 'Show or hide the list of conversations',
    rename: 'Rename the conversation that is selected in the list',
    deleteOne: 'Delete the conversation that is selected in the list',
    closeList: 'Hide the list where it covers the page',
    send: 'Send the message',
    newLine: 'A new line',
    removeFile: 'Take away the attached file that is selected',
    cancelEdit: 'Give up editing a message',
    stop: 'Stop the answer on view',
    lowerBudget: 'Think 5 points less',
    raiseBudget: 'Think 5 points more',
    stepBudget: 'One point less or more, on the slider',
    leapBudget: 'Ten points less or more, on the slider',
    endBudget: 'Least or most, on the slider',
    stepToken: 'From word to word, in an answer coloured by depth',
    help: 'Show these shortcuts (? outside of text fields)',
    settings: 'Settings',
    reload: 'Reload the window',
    zoomIn: 'Larger',
    zoomOut: 'Smaller',
    resetZoom: 'As large as at first',
  } satisfies Record<ShortcutId, string>,
}
