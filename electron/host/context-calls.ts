import type { ATTACHMENT_CALLS } from '../contract/attachments.ts'
import type { CONTEXT_CALLS } from '../contract/context.ts'
import type { Conversation } from '../contract/values.ts'
import type { History } from '../history/history.ts'
import type { Contexts } from './context.ts'
import type { Handlers } from './dispatcher.ts'
import { keepPrepared, keepPreparedModel, readPrepared, readPreparedModel } from './prepared.ts'

type ContextCall = keyof typeof CONTEXT_CALLS | keyof typeof ATTACHMENT_CALLS

/** What fits the context, and what is typed. `changed`: tells the windows of a conversation. */
export function contextHandlers(
  { attachments, conversations, drafts, settings }: History,
  contexts: Contexts,
  changed: (conversation: Conversation) => Conversation,
): Pick<Handlers, ContextCall> {
  return {
    'context.count': (params) => contexts.count(params),
    'conversation.overflow': ({ id, overflow }) => changed(conversations.setOverflow(id, overflow)),
    'draft.list': () => drafts.all(),
    'draft.write': ({ conversationId, text, attachments: files }) => {
      drafts.write(conversationId, text, files)
      return null
    },
    'draft.settings': () => readPrepared(settings),
    'draft.configure': ({ settings: prepared }) => {
      keepPrepared(settings, prepared)
      return null
    },
    'draft.model': () => readPreparedModel(settings),
    'draft.chooseModel': ({ modelId }) => {
      keepPreparedModel(settings, modelId)
      return null
    },
    'attachment.add': (file) => attachments.add(file),
    'attachment.read': ({ id }) => attachments.read(id),
  }
}
