import type { Chat } from './chat.svelte.ts'

/** Keeps the conversation on view in the page's address, so that a reload comes back to it. Called while a component is set up. */
export function rememberInAddress(chat: Chat): void {
  const remembered = Number(window.location.hash.slice(1))
  if (Number.isSafeInteger(remembered) && remembered > 0) void chat.open(remembered)
  $effect(() => {
    const { pathname, search } = window.location
    const hash = chat.conversation ? `#${chat.conversation.id}` : ''
    window.history.replaceState(null, '', `${pathname}${search}${hash}`)
  })
}
