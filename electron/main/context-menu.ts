import type { BrowserWindow } from 'electron'
import { clipboard, Menu } from 'electron'
import { contextTemplate } from './context-template.ts'
import { words } from './language/language.ts'

/** Opens a menu where the window is clicked with the right button, or asked for one by a key. */
export function offerContextMenu(window: BrowserWindow): void {
  const { webContents } = window
  webContents.on('context-menu', (_event, params) => {
    const actions = {
      replaceMisspelling: (word: string) => {
        webContents.replaceMisspelling(word)
      },
      addToDictionary: (word: string) => {
        webContents.session.addWordToSpellCheckerDictionary(word)
      },
      copyText: (text: string) => {
        clipboard.writeText(text)
      },
    }
    const template = contextTemplate(params, actions, words())
    // of a key, the place is that of the caret
    Menu.buildFromTemplate(template).popup({ window, x: params.x, y: params.y })
  })
}
