import type { Session, WebContents } from 'electron'
import { app } from 'electron'
import { BUNDLE_ORIGIN } from './bundle.ts'

/** Copying an answer is all that the window may ask of the system. */
const GRANTED = new Set(['clipboard-sanitized-write'])

/** Schemes of the window's own content and of the developer tools. */
const LOCAL = new Set(['app:', 'devtools:', 'data:', 'blob:'])

/** Elsewhere Chromium would fetch dictionaries. */
export const SYSTEM_SPELLS = process.platform === 'darwin'

/** Chromium's own ways out that no request shows: names looked up ahead, and addresses tried for calls. Before the app is ready. */
export function keepNetworkQuiet(): void {
  app.commandLine.appendSwitch('dns-prefetch-disable')
  app.commandLine.appendSwitch('force-webrtc-ip-handling-policy', 'disable_non_proxied_udp')
  app.on('web-contents-created', (_event, contents: WebContents) => {
    contents.setWebRTCIPHandlingPolicy('disable_non_proxied_udp')
  })
}

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
