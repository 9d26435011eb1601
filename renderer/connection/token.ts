const KEPT = 'depthwise-token'

type Page = Pick<Window, 'location' | 'history' | 'sessionStorage'>

/**
 * The token that the server's address was opened with. It is taken out of the address at once, where a screen, a
 * bookmark or the history would show it, and kept for reloads of this tab alone.
 */
export function takeToken({ location, history, sessionStorage }: Page = window): string | null {
  const given = /^#token=([\w-]+)$/.exec(location.hash)?.[1]
  if (given === undefined) return sessionStorage.getItem(KEPT)
  sessionStorage.setItem(KEPT, given)
  history.replaceState(null, '', location.pathname)
  return given
}
