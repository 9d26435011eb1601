import type { WebContents } from 'electron'
import { app, dialog, shell } from 'electron'
import { LinkGate, needsAsking, outwardLink } from '../host/links.ts'
import { words } from './language/language.ts'

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

const gate = new LinkGate()
let isAsking = false

function openOutside(url: string): void {
  const link = outwardLink(url)
  if (link === null || isAsking || !gate.pass(Date.now())) return
  if (!needsAsking(link)) void shell.openExternal(link)
  else void ask(link)
}

/** What a model wrote may say one address and lead to another. */
async function ask(link: string): Promise<void> {
  isAsking = true
  const say = words().link
  try {
    const { response } = await dialog.showMessageBox({
      type: 'question',
      message: say.question,
      detail: link,
      buttons: [say.open, say.cancel],
      defaultId: 1,
      cancelId: 1,
      noLink: true,
    })
    if (response === 0) await shell.openExternal(link)
  } finally {
    isAsking = false
  }
}
