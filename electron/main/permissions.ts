import type { Session } from 'electron'
import { BUNDLE_ORIGIN } from './bundle.ts'

/** Copying an answer is all that the window may ask of the system. */
const GRANTED = new Set(['clipboard-sanitized-write'])

/** Schemes of the window's own content and of the developer tools. */
const LOCAL = new Set(['app:', 'devtools:', 'data:', 'blob:'])

/** Elsewhere Chromium would fetch dictionaries. */
export const SYSTEM_SPELLS = process.platform === 'darwin'

/** Refuses every other permission, every download but of what the window has made, and every request that would leave the machine. */
export function restrictSession(session: Session): void {
  session.setPermissionRequestHandler((_contents, permission, decide) => {
    decide(GRANTED.has(permission))
  })
  session.setPermissionCheckHandler((_contents, permission) => GRANTED.has(permission))
  session.setDevicePermissionHandler(() => false)
  session.setSpellCheckerEnabled(SYSTEM_SPELLS)
  session.on('will-download', (event, item) => {
    // what the window itself has made, an export; it asks for a place with the system's dialog
    if (!item.getURL().startsWith(`blob:${BUNDLE_ORIGIN}/`)) event.preventDefault()
  })
  session.webRequest.onBeforeRequest(({ url }, decide) => {
    decide({ cancel: !LOCAL.has(new URL(url).protocol) })
  })
}
