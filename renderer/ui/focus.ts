import { tick } from 'svelte'

/** Where a person goes on when what had the focus is gone: in an open dialog, to write, or at the title of the page. */
export function focusHome(): void {
  const dialog = [...document.querySelectorAll('dialog[open]')].at(-1)
  const home = dialog
    ? (dialog.querySelector<HTMLElement>('footer>:enabled') ?? dialog.querySelector<HTMLElement>(':enabled'))
    : (document.querySelector<HTMLElement>('[data-testid=composer]') ??
      document.querySelector<HTMLElement>('main h1[tabindex], main button'))
  home?.focus()
}

/** Gives the focus to what `find` finds once the page has changed; where it finds nothing, to where a person goes on. */
export async function focusNext(find: () => HTMLElement | null | undefined): Promise<void> {
  await tick()
  const found = find()
  if (found) found.focus()
  else focusHome()
}

/** So long a control that had the focus may be of no use before the focus leaves it, in milliseconds. */
const OF_NO_USE_MS = 150

/**
 * What has the focus may go away or be disabled: then the focus goes to what has come in its place (`data-place`), or
 * home, rather than nowhere. @returns how to stop watching
 */
export function keepFocus(): () => void {
  let last: Element | null = null
  let place: string | undefined
  let timer: ReturnType<typeof setTimeout> | undefined
  const isLost = () => document.activeElement === document.body || document.activeElement?.matches(':disabled') === true
  const forgetTimer = () => {
    clearTimeout(timer)
    timer = undefined
  }
  const focused = ({ target }: FocusEvent) => {
    forgetTimer()
    last = target instanceof Element ? target : null
    place = last?.closest<HTMLElement>('[data-place]')?.dataset['place']
  }
  const refocus = () => {
    forgetTimer()
    if (!last || !isLost()) return
    if (last.isConnected && !last.matches(':disabled')) {
      if (last instanceof HTMLElement) last.focus()
      return
    }
    const there =
      place === undefined ? null : document.querySelector<HTMLElement>(`[data-place="${place}"] button:enabled`)
    last = null
    if (there) there.focus()
    else focusHome()
  }
  const observer = new MutationObserver(() => {
    if (!last || !isLost()) return
    if (!last.isConnected) refocus()
    else if (last.matches(':disabled')) {
      timer ??= setTimeout(refocus, OF_NO_USE_MS)
    }
  })
  document.addEventListener('focusin', focused)
  observer.observe(document.body, { childList: true, subtree: true, attributes: true, attributeFilter: ['disabled'] })
  return () => {
    forgetTimer()
    document.removeEventListener('focusin', focused)
    observer.disconnect()
  }
}
