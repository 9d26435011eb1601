import type { MenuItemConstructorOptions } from 'electron'
import { app, Menu } from 'electron'
import { acceleratorOf } from './accelerator.ts'
import { words } from './language/language.ts'

type Items = MenuItemConstructorOptions[]

const isMac = process.platform === 'darwin'
const LINE: MenuItemConstructorOptions = { type: 'separator' }

/** The menus, with the shortcuts that come with them. Labels of roles are Electron's own only in English: all are given. */
export function setMenu(newChat: () => void): void {
  const { menus } = words()
  Menu.setApplicationMenu(
    Menu.buildFromTemplate([
      ...(isMac ? [{ label: app.name, submenu: ofTheApp() }] : []),
      { label: menus.file, submenu: file(newChat) },
      { label: menus.edit, submenu: edit() },
      { label: menus.view, submenu: view() },
    ]),
  )
}

/** The first menu of macOS. */
function ofTheApp(): Items {
  const say = words().app
  return [
    { role: 'about', label: say.about(app.name) },
    LINE,
    { role: 'services' },
    LINE,
    { role: 'hide', label: say.hide(app.name) },
    { role: 'hideOthers', label: say.hideOthers },
    { role: 'unhide', label: say.showAll },
    LINE,
    { role: 'quit', label: say.quit },
  ]
}

function file(newChat: () => void): Items {
  const say = words()
  return [
    { label: say.file.newChat, accelerator: acceleratorOf('newChat'), click: newChat },
    LINE,
    isMac ? { role: 'close', label: say.app.close } : { role: 'quit', label: say.app.quit },
  ]
}

function edit(): Items {
  const say = words().edit
  return [
    { role: 'undo', label: say.undo },
    { role: 'redo', label: say.redo },
    LINE,
    { role: 'cut', label: say.cut },
    { role: 'copy', label: say.copy },
    { role: 'paste', label: say.paste },
    { role: 'delete', label: say.delete },
    LINE,
    { role: 'selectAll', label: say.selectAll },
  ]
}

function view(): Items {
  const say = words().view
  return [
    { role: 'reload', label: say.reload, accelerator: acceleratorOf('reload') },
    LINE,
    { role: 'resetZoom', label: say.actualSize, accelerator: acceleratorOf('resetZoom') },
    { role: 'zoomIn', label: say.zoomIn, accelerator: acceleratorOf('zoomIn') },
    { role: 'zoomOut', label: say.zoomOut, accelerator: acceleratorOf('zoomOut') },
    LINE,
    { role: 'togglefullscreen', label: say.fullScreen },
    ...(app.isPackaged ? [] : [{ role: 'toggleDevTools', label: say.developerTools } as const]),
  ]
}
