import type { Message } from '../contract/values.ts'
import type { History } from '../history/history.ts'
import type { Handlers } from './dispatcher.ts'

/** A conversation of more messages is not sent whole: reading and checking ten thousand takes a second. */
const LONG = 200
/** So many messages at the end of the branch on view are sent at once. */
const LAST = 60

type Reading = 'conversation.read' | 'conversation.messages' | 'conversation.search' | 'conversation.find'

/** `withGrowing`: the messages in their present state. */
export function readingHandlers(
  history: History,
  withGrowing: (messages: Message[]) => Message[],
): Pick<Handlers, Reading> {
  const { conversations, messages, search } = history
  return {
    'conversation.read': ({ id }) => {
      const conversation = conversations.get(id)
      const { all, growing } = messages.outline(id)
      if (all.length <= LONG) return { conversation, messages: withGrowing(messages.tree(id)) }
      const last = endOf(all, conversation.leafId)
      const wanted = [...new Set([...last, ...growing])].sort((a, b) => a - b)
      return { conversation, messages: withGrowing(messages.some(id, wanted)), outline: all }
    },
    'conversation.messages': ({ id, messageIds }) => withGrowing(messages.some(id, messageIds)),
    'conversation.search': ({ text }) => search.search(text),
    'conversation.find': ({ id, terms }) => search.within(id, terms),
  }
}

/** Ids of the last messages of the branch that ends in `leafId`, or else in the newest message. */
function endOf(outline: readonly [number, number | null][], leafId: number | null): number[] {
  const parents = new Map(outline)
  const end: number[] = []
  let at = leafId ?? outline.at(-1)?.[0] ?? null
  while (at !== null && end.length < LAST) {
    end.push(at)
    const parent: number | null = parents.get(at) ?? null
    at = parent !== null && parent < at ? parent : null
  }
  return end
}
