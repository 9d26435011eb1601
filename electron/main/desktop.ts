import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { BrowserWindow } from 'electron'
import { dialog, safeStorage, shell } from 'electron'
import { DepthwiseError } from '../../models/common/errors.ts'
import { makeFolder } from '../../models/common/make-folder.ts'
import type { Desktop, TokenStore } from '../host/desktop.ts'
import { words } from './language/language.ts'

/** Dialogs, the file manager and the system's keyring. Only when the app is ready. */
export function desktopOf(dataFolder: string, window: () => BrowserWindow | null): Desktop {
  return {
    pickModel: async () => {
      const say = words().pickModel
      const options: Electron.OpenDialogOptions = {
        title: say.title,
        buttonLabel: say.add,
        // on Windows and Linux one dialog chooses either folders or files
        properties: process.platform === 'darwin' ? ['openDirectory', 'openFile'] : ['openDirectory'],
      }
      const parent = window()
      const { canceled, filePaths } = await (parent
        ? dialog.showOpenDialog(parent, options)
        : dialog.showOpenDialog(options))
      return canceled ? null : (filePaths[0] ?? null)
    },
    show: (place) => {
      shell.showItemInFolder(place)
    },
    token: isSafe() ? tokenStore(path.join(dataFolder, 'hub-token')) : null,
  }
}

/** Without a keyring, Chromium on Linux encrypts with a password that is in its source. */
function isSafe(): boolean {
  if (!safeStorage.isEncryptionAvailable()) return false
  return process.platform !== 'linux' || safeStorage.getSelectedStorageBackend() !== 'basic_text'
}

function tokenStore(file: string): TokenStore {
  return {
    read: () => {
      try {
        return safeStorage.decryptString(readFileSync(file))
      } catch {
        return null
      }
    },
    write: (token) => {
      try {
        if (token === null) {
          rmSync(file, { force: true })
          return
        }
        makeFolder(path.dirname(file))
        writeFileSync(file, safeStorage.encryptString(token), { mode: 0o600 })
      } catch (cause) {
        throw new DepthwiseError('CACHE_UNWRITABLE', 'The token could not be kept.', { detail: file, cause })
      }
    },
  }
}
