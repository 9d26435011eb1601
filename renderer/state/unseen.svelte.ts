import { SvelteSet } from 'svelte/reactivity'
import { isNews, notificationOf } from '../../electron/contract/notification.ts'
import type { Message } from '../../electron/contract/values.ts'
import type { Client } from '../connection/client.ts'
import { words } from '../language/language.svelte.ts'
import type { Application } from './application.svelte.ts'

/** Whether the page is seen, and how to be heard where it is not. */
export interface Front {
  readonly isInFront: boolean
  /** Calls back whenever it comes to the front. */
  whenInFront(then: () => void): void
  /** Shows something outside of the page, if that was allowed. */
  notify(words: { title: string; body: string }, clicked: () => void): void
}

interface Rooms {
  application: Application
  titleOf: (conversationId: number) => string
  open: (conversationId: number) => void
}

/** Answers that have ended while the page was not in front, until it is. */
export class Unseen {
  private readonly ids = new SvelteSet<number>()
  private readonly front: Front
  private readonly rooms: Rooms

  constructor(client: Client, rooms: Rooms, front: Front) {
    this.front = front
    this.rooms = rooms
    client.on('chat.ended', ({ message }) => {
      if (!front.isInFront && isNews(message)) this.take(message)
    })
    front.whenInFront(() => {
      this.ids.clear()
    })
  }

  get count(): number {
    return this.ids.size
  }

  private take(message: Message): void {
    this.ids.add(message.id)
    const { application, titleOf, open } = this.rooms
    const { conversationId } = message
    const choice = application.settings?.notifications ?? 'off'
    const said = notificationOf(words().shared, choice, titleOf(conversationId), message)
    if (!said) return
    this.front.notify(said, () => {
      open(conversationId)
    })
  }
}
