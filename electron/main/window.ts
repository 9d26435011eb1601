import { app, BrowserWindow, nativeTheme } from 'electron'
import { readBounds, rememberBounds } from './bounds.ts'
import { SYSTEM_SPELLS } from './permissions.ts'
import { offerContextMenu } from './context-menu.ts'

const RELOAD_MS = 1000

export interface WindowOptions {
  preload: string
  dataFolder: string
  address: string
}

/** Opens the window, shown when it has something to show. */
export function openWindow({ preload, dataFolder, address }: WindowOptions): BrowserWindow {
  const { bounds, isMaximized } = readBounds(dataFolder)
  const window = new BrowserWindow({
    ...bounds,
    minWidth: 480,
    minHeight: 400,
    show: false,
    title: 'Depthwise',
    backgroundColor: nativeTheme.shouldUseDarkColors ? '#14181c' : '#fcfbf8',
    webPreferences: {
      preload,
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      webviewTag: false,
      spellcheck: SYSTEM_SPELLS,
      devTools: !app.isPackaged,
    },
  })
  rememberBounds(window, dataFolder)
  offerContextMenu(window)
  window.once('ready-to-show', () => {
    if (isMaximized) window.maximize()
    window.show()
  })
  window.webContents.on('render-process-gone', (_event, { reason }) => {
    if (reason === 'clean-exit') return
    setTimeout(() => {
      if (!window.isDestroyed()) window.webContents.reload()
    }, RELOAD_MS)
  })
  void window.loadURL(address)
  return window
}

/** Brings the window to the front. */
export function showWindow(window: BrowserWindow): void {
  if (window.isMinimized()) window.restore()
  window.show()
  window.focus()
}
