import type { Chat } from './chat.svelte.ts'

/** The conversation that the page's address names, so that a reload comes back to it. */
export function conversationInAddress(): number | null {
  const id = Number(window.location.hash.slice(1))
  return Number.isSafeInteger(id) && id > 0 ? id : null
}

/** Keeps the conversation on view in the page's address. Called while a component is set up. */
export function keepInAddress(chat: Chat): void {
  $effect(() => {
    const { pathname, search } = window.location
    const id = chat.conversationId
    window.history.replaceState(null, '', `${pathname}${search}${id === null ? '' : `#${id}`}`)
  })
}
