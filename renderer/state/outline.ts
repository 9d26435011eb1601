import type { Outline } from '../../electron/contract/search.ts'
import type { Message } from '../../electron/contract/values.ts'

/** Messages of a conversation, and which of them only hold a place: they have no text yet. */
export interface Read {
  messages: readonly Message[]
  unread: ReadonlySet<number>
}

export const NOTHING_UNREAD: ReadonlySet<number> = new Set()

/** The messages of an outline: as they were sent, else as they were read `before`, else to be read when they are wanted. */
export function fillOutline(
  conversationId: number,
  outline: Outline,
  sent: readonly Message[],
  before: { byId: ReadonlyMap<number, Message>; unread: ReadonlySet<number> },
): Read {
  const whole = new Map(sent.map((message) => [message.id, message]))
  const unread = new Set<number>()
  const messages = outline.map(([id, parentId]): Message => {
    const earlier = before.unread.has(id) ? undefined : before.byId.get(id)
    const message = whole.get(id) ?? (earlier?.status === 'streaming' ? undefined : earlier)
    if (message) return message
    unread.add(id)
    const nothing = { status: 'complete', text: '', createdAt: 0, generation: null } as const
    return { id, conversationId, parentId, role: 'user', ...nothing }
  })
  return { messages, unread }
}

/** With `added` in their places; `asked` are unread no more. */
export function fillPlaces({ messages, unread }: Read, added: readonly Message[], asked: readonly number[]): Read {
  const whole = new Map(added.map((message) => [message.id, message]))
  return {
    messages: messages.map((message) => whole.get(message.id) ?? message),
    unread: without(unread, new Set(asked)),
  }
}

const without = (all: ReadonlySet<number>, some: ReadonlySet<number>): Set<number> =>
  new Set([...all].filter((id) => !some.has(id)))

/** Asks for no message twice at the same time. */
export class Asked {
  private readonly ids = new Set<number>()

  /** The first `most` of `ids` that are unread and not asked for, which they are from now on. */
  take(ids: readonly number[], unread: ReadonlySet<number>, most: number): number[] {
    const taken = ids.filter((id) => unread.has(id) && !this.ids.has(id)).slice(0, most)
    for (const id of taken) this.ids.add(id)
    return taken
  }

  done(ids: readonly number[]): void {
    for (const id of ids) this.ids.delete(id)
  }
}
