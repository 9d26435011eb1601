import type { Chat } from './chat.svelte.ts'
import type { Navigation, View } from './navigation.svelte.ts'
import { ADDRESSES } from './navigation.svelte.ts'

/** The conversation that the page's address names, so that a reload comes back to it. */
export function conversationInAddress(): number | null {
  const id = Number(window.location.hash.slice(1))
  return Number.isSafeInteger(id) && id > 0 ? id : null
}

/** What the page's address asks for. */
export const viewInAddress = (): View => ADDRESSES.find((view) => view === window.location.hash.slice(1)) ?? 'chat'

/** Keeps what is on view in the page's address. Called while a component is set up. */
export function keepInAddress(chat: Chat, navigation: Navigation): void {
  $effect(() => {
    // not of what is replaced below: the main process or a person asks for a conversation or a page
    const onhashchange = () => {
      const [id, view] = [conversationInAddress(), viewInAddress()]
      if (id === null && view === 'chat') return
      navigation.view = view
      if (id !== null) void chat.open(id)
    }
    window.addEventListener('hashchange', onhashchange)
    return () => {
      window.removeEventListener('hashchange', onhashchange)
    }
  })
  $effect(() => {
    const { pathname, search } = window.location
    const shown = navigation.view === 'chat' ? chat.conversationId : navigation.view
    window.history.replaceState(null, '', `${pathname}${search}${shown === null ? '' : `#${shown}`}`)
  })
}
