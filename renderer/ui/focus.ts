import { tick } from 'svelte'

/** Where a person goes on when what had the focus is gone: to write, or at the top of the page of models. */
export function focusHome(): void {
  const home =
    document.querySelector<HTMLElement>('[data-testid=composer]') ?? document.querySelector<HTMLElement>('main button')
  home?.focus()
}

/** Gives the focus to what `find` finds once the page has changed; where it finds nothing, to where a person goes on. */
export async function focusNext(find: () => HTMLElement | null | undefined): Promise<void> {
  await tick()
  const found = find()
  if (found) found.focus()
  else focusHome()
}

/**
 * What has the focus may go away: then the focus goes home rather than nowhere. @returns how to stop watching
 */
export function keepFocus(): () => void {
  let last: Element | null = null
  const focused = ({ target }: FocusEvent) => {
    last = target instanceof Element ? target : null
  }
  const observer = new MutationObserver(() => {
    if (!last || last.isConnected || document.activeElement !== document.body) return
    last = null
    focusHome()
  })
  document.addEventListener('focusin', focused)
  observer.observe(document.body, { childList: true, subtree: true })
  return () => {
    document.removeEventListener('focusin', focused)
    observer.disconnect()
  }
}
