import { app } from 'electron'
import { LINK_SCHEME } from '../../models/hub/address.ts'

/**
 * Links of the app's own scheme, however the system hands them over: as an event (macOS), to a second instance, or on the
 * command line of the first. To be called before the app is ready, as the first link may come before.
 */
export function followLinks(open: (link: string) => void): void {
  const follow = (link: string | undefined): void => {
    if (link !== undefined) open(link)
  }
  app.on('open-url', (event, link) => {
    event.preventDefault()
    follow(link)
  })
  app.on('second-instance', (_event, words) => {
    follow(linkIn(words))
  })
  follow(linkIn(process.argv))
  // one that runs from its sources would leave the system a link to them
  if (app.isPackaged) app.setAsDefaultProtocolClient(LINK_SCHEME)
}

const linkIn = (words: readonly string[]): string | undefined =>
  words.find((word) => word.startsWith(`${LINK_SCHEME}://`))
