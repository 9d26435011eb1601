import path from 'node:path'
import type { BrowserWindow } from 'electron'
import { app, dialog, powerMonitor, session } from 'electron'
import { toFailure } from '../../models/common/errors.ts'
import type { Host } from '../host/host.ts'
import { openEndpoint } from '../endpoint/server.ts'
import { createHost } from '../host/host.ts'
import { cacheFolder, dataFolder } from '../../models/common/places.ts'
import { appFiles } from '../host/app-files.ts'
import { makeDataFolder } from '../host/data-folder.ts'
import { quietPipes } from '../host/quiet-pipes.ts'
import { declareBundle, HOME, serveBundle } from './bundle.ts'
import { followLinks } from './deep-links.ts'
import { desktopOf } from './desktop.ts'
import { utilityEngine } from './engine.ts'
import { speak } from './language/language.ts'
import { setMenu } from './menu.ts'
import { restrictNavigation } from './navigation.ts'
import { keepNetworkQuiet, restrictSession } from './permissions.ts'
import { tellOfAnswers } from './notifications.ts'
import { handOutPorts } from './ports.ts'
import { powerOfSystem } from './power.ts'
import { openWindow, showWindow } from './window.ts'

const data = dataFolder()
const files = appFiles(import.meta)
let window: BrowserWindow | null = null
const started = Promise.withResolvers<Host>()

// A tester who is root has no sandbox to enable; the app itself never passes this switch
if (!app.commandLine.hasSwitch('no-sandbox')) app.enableSandbox()
quietPipes()
// Chromium waits without end for the lock of a folder that cannot be made
if (attempt(() => makeDataFolder(path.join(data, 'window'))) === null) process.exit(1)
keepNetworkQuiet()
// What Chromium outputs, and with it the lock of the single instance, belongs to the data folder
app.setPath('userData', path.join(data, 'window'))
declareBundle()
restrictNavigation()
followLinks((link) => {
  void started.promise.then((host) => {
    host.openLink(link)
    show()
  })
})

if (app.requestSingleInstanceLock()) void app.whenReady().then(begin)
else app.quit()

function begin(): void {
  restrictSession(session.defaultSession)
  serveBundle(session.defaultSession, files.renderer)
  const host = openHost()
  if (!host) return
  handOutPorts(host)
  host.onLanguage((language) => {
    speak(language)
    setMenu(() => {
      show()
      host.newChat()
    })
  })
  tellOfAnswers(host, { window: () => window, open: openConversation })
  powerMonitor.on('resume', () => {
    host.wokeUp()
  })
  started.resolve(host)
  app.on('second-instance', () => {
    show()
  })
  app.on('activate', () => {
    show()
  })
  app.on('window-all-closed', () => {
    if (process.platform !== 'darwin') app.quit()
  })
  closeBeforeQuit(host)
  show()
}

function openConversation(id: number): void {
  show(`${HOME}#${id}`)
}

function openHost(): Host | null {
  return attempt(() =>
    createHost({
      dataFolder: data,
      cacheFolder: cacheFolder(),
      builtInModel: files.builtInModel,
      version: files.version,
      spawnEngine: () => utilityEngine(files.engine),
      power: powerOfSystem(),
      desktop: desktopOf(data, () => window),
      endpoint: { open: openEndpoint },
      log: (line) => {
        console.error(line)
      },
    }),
  )
}

/** What `act` gives; where it fails, the person is told and the app ends. */
function attempt<T>(act: () => T): T | null {
  try {
    return act()
  } catch (error) {
    const { message, detail = '', code } = toFailure(error)
    console.error(`Depthwise cannot start: ${message} (${detail}) [${code}]`)
    dialog.showErrorBox('Depthwise cannot start', [message, detail].filter(Boolean).join('\n\n'))
    app.exit(1)
    return null
  }
}

/** @param address of what is to be on view; without one, what is */
function show(address?: string): void {
  if (window) {
    if (address !== undefined) void window.loadURL(address)
    showWindow(window)
    return
  }
  window = openWindow({ preload: files.preload, dataFolder: data, address: address ?? HOME })
  window.on('closed', () => (window = null))
}

/** Quitting waits until the half answer is saved and the engine has gone. */
function closeBeforeQuit(host: Host): void {
  let isClosed = false
  let isClosing = false
  app.on('before-quit', (event) => {
    if (isClosed) return
    event.preventDefault()
    if (isClosing) return
    isClosing = true
    void host.close().finally(() => {
      isClosed = true
      app.quit()
    })
  })
}
