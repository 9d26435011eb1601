import type { ORGANISING_CALLS } from '../contract/organising.ts'
import type { PORTABLE_CALLS } from '../contract/portable.ts'
import type { Conversation } from '../contract/values.ts'
import type { History } from '../history/history.ts'
import type { Clients } from './clients.ts'
import type { ConversationModels } from './conversation-models.ts'
import type { Handlers } from './dispatcher.ts'

interface Parts {
  history: History
  clients: Clients
  /** Answers in it are no longer wanted. */
  abandon: (conversationId: number) => void
  /** One has come from a file. */
  models: Pick<ConversationModels, 'imported'>
}

/** The calls about pins, folders, deletions, and conversations in files. */
export function organisingHandlers({
  history: { conversations, folders, portable, trash },
  clients,
  abandon,
  models,
}: Parts): Pick<Handlers, keyof typeof ORGANISING_CALLS | keyof typeof PORTABLE_CALLS | 'conversation.delete'> {
  const changed = (conversation: Conversation) => {
    clients.announce('conversation.changed', conversation)
    return conversation
  }
  const foldersChanged = <T>(result: T): T => {
    clients.announce('folders.changed', folders.list())
    return result
  }
  return {
    'conversation.pin': ({ id, pinned }) => changed(conversations.pin(id, pinned)),
    'conversation.move': ({ id, folderId }) => changed(conversations.move(id, folderId)),
    'conversation.delete': ({ id }) => {
      trash.purge()
      abandon(id)
      trash.add(id)
      clients.announce('conversation.deleted', { id })
      return null
    },
    'conversation.trash': () => trash.list(),
    'conversation.restore': ({ id }) => {
      trash.restore(id)
      return changed(conversations.get(id))
    },
    'conversation.erase': ({ id }) => {
      trash.erase(id)
      return null
    },
    'conversation.export': ({ id }) => portable.export(id),
    'conversation.import': ({ conversation, again }) => {
      const { id, outcome } = portable.import(conversation, again)
      if (outcome === 'imported') models.imported(id)
      if (outcome === 'imported' && conversation.folder !== null) foldersChanged(null)
      return { outcome, conversation: outcome === 'known' ? conversations.get(id) : changed(conversations.get(id)) }
    },
    'folder.list': () => folders.list(),
    'folder.create': ({ name }) => foldersChanged(folders.create(name)),
    'folder.change': ({ id, ...changes }) => foldersChanged(folders.change(id, changes)),
    'folder.delete': ({ id }) => {
      folders.delete(id)
      return foldersChanged(null)
    },
  }
}
