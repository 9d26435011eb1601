import { en as shared } from '../../contract/language/en.ts'

/** What menus, dialogs and notifications say in English. An & stands before the letter that opens a menu. */
export const en = {
  menus: { file: '&File', edit: '&Edit', view: '&View' },
  app: {
    about: (name: string) => `About ${name}`,
    hide: (name: string) => `Hide ${name}`,
    hideOthers: 'Hide Others',
    showAll: 'Show All',
    quit: 'Quit',
    close: 'Close Window',
  },
  file: { newChat: 'New Chat' },
  edit: {
    undo: 'Undo',
    redo: 'Redo',
    cut: 'Cut',
    copy: 'Copy',
    paste: 'Paste',
    delete: 'Delete',
    selectAll: 'Select All',
  },
  view: {
    reload: 'Reload',
    actualSize: 'Actual Size',
    zoomIn: 'Zoom In',
    zoomOut: 'Zoom Out',
    fullScreen: 'Toggle Full Screen',
    developerTools: 'Toggle Developer Tools',
  },
  context: {
    copyLink: 'Copy Link Address',
    copyAddress: 'Copy Address',
    noSuggestions: 'No Suggestions',
    addToDictionary: (word: string) => `Add “${word}” to Dictionary`,
  },
  notification: shared,
  link: { question: 'Open this address outside Depthwise?', open: 'Open', cancel: 'Cancel' },
  pickModel: { title: 'Choose the folder of a model', add: 'Add' },
}

export type MainWords = typeof en
