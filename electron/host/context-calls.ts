import type { Conversation } from '../contract/values.ts'
import type { History } from '../history/history.ts'
import type { Contexts } from './context.ts'
import type { Handlers } from './dispatcher.ts'

type ContextCall = 'context.count' | 'conversation.overflow' | 'draft.list' | 'draft.write'

/** What fits the context, and what is typed. `changed`: tells the windows of a conversation. */
export function contextHandlers(
  { conversations, drafts }: History,
  contexts: Contexts,
  changed: (conversation: Conversation) => Conversation,
): Pick<Handlers, ContextCall> {
  return {
    'context.count': (params) => contexts.count(params),
    'conversation.overflow': ({ id, overflow }) => changed(conversations.setOverflow(id, overflow)),
    'draft.list': () => drafts.all(),
    'draft.write': (draft) => {
      drafts.write(draft)
      return null
    },
  }
}
