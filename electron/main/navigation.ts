import type { WebContents } from 'electron'
import { app, shell } from 'electron'
import { outwardLink } from '../host/links.ts'

/** No window ever shows another page, and none opens a second one; links go to the system's browser. */
export function restrictNavigation(): void {
  app.on('web-contents-created', (_event, contents) => {
    restrict(contents)
  })
}

function restrict(contents: WebContents): void {
  // Of the main frame too; prevented here, it never becomes a will-navigate
  contents.on('will-frame-navigate', (event) => {
    event.preventDefault()
    if (event.isMainFrame) openOutside(event.url)
  })
  contents.on('will-redirect', (event) => {
    event.preventDefault()
  })
  contents.on('will-attach-webview', (event) => {
    event.preventDefault()
  })
  contents.setWindowOpenHandler(({ url }) => {
    openOutside(url)
    return { action: 'deny' }
  })
}

function openOutside(url: string): void {
  const link = outwardLink(url)
  if (link) void shell.openExternal(link)
}
