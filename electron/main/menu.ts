import type { MenuItemConstructorOptions } from 'electron'
import { app, Menu } from 'electron'
import { acceleratorOf } from './accelerator.ts'

const isMac = process.platform === 'darwin'

/** The menus, with the shortcuts that come with them. */
export function setMenu(newChat: () => void): void {
  const file: MenuItemConstructorOptions = {
    label: '&File',
    submenu: [
      { label: 'New Chat', accelerator: acceleratorOf('newChat'), click: newChat },
      { type: 'separator' },
      { role: isMac ? 'close' : 'quit' },
    ],
  }
  const view: MenuItemConstructorOptions = {
    label: '&View',
    submenu: [
      { role: 'reload', accelerator: acceleratorOf('reload') },
      { type: 'separator' },
      { role: 'resetZoom', accelerator: acceleratorOf('resetZoom') },
      { role: 'zoomIn', accelerator: acceleratorOf('zoomIn') },
      { role: 'zoomOut', accelerator: acceleratorOf('zoomOut') },
      { type: 'separator' },
      { role: 'togglefullscreen' },
      ...(app.isPackaged ? [] : [{ role: 'toggleDevTools' } as const]),
    ],
  }
  Menu.setApplicationMenu(
    Menu.buildFromTemplate([...(isMac ? [{ role: 'appMenu' } as const] : []), file, { role: 'editMenu' }, view]),
  )
}
