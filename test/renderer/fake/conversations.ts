import type { DeletedConversation } from '../../../electron/contract/organising.ts'
import { findHits, termsOf } from '../../../electron/contract/matching.ts'
import type { Found, SearchResult } from '../../../electron/contract/search.ts'
import type { Conversation, Message } from '../../../electron/contract/values.ts'
import type { ConversationSettings } from '../../../electron/contract/presets.ts'
import { DepthwiseError } from '../../../models/common/errors.ts'

/** Conversations in memory. */
export class FakeConversations {
  readonly conversations = new Map<number, Conversation>()
  readonly messages = new Map<number, Message>()
  readonly trash = new Map<number, DeletedConversation>()
  readonly settings = new Map<number, ConversationSettings>()
  private lastId = 1

  nextId(): number {
    return this.lastId++
  }

  create(title = 'New chat', at = Date.now()): Conversation {
    const times = { createdAt: at, updatedAt: at }
    const conversation = { id: this.nextId(), title, ...times, leafId: null, pinned: false, folderId: null }
    this.conversations.set(conversation.id, conversation)
    return conversation
  }

  get(id: number): Conversation {
    const conversation = this.conversations.get(id)
    if (!conversation) throw new DepthwiseError('NOT_FOUND', 'This conversation is not there any more.')
    return conversation
  }

  change(id: number, part: Partial<Conversation>): Conversation {
    const changed = { ...this.get(id), ...part }
    this.conversations.set(id, changed)
    return changed
  }

  list(search = ''): Conversation[] {
    const wanted = search.toLowerCase()
    return [...this.conversations.values()]
      .filter(({ id, title }) =>
        [title, ...this.of(id).map(({ text }) => text)].some((text) => text.toLowerCase().includes(wanted)),
      )
      .sort((a, b) => b.updatedAt - a.updatedAt)
  }

  of(conversationId: number): Message[] {
    return [...this.messages.values()].filter((message) => message.conversationId === conversationId)
  }

  search(text: string): SearchResult {
    const words = termsOf(text)
    const hasAll = (content: string) => words.every((word) => findHits(content, [word]).length > 0)
    const found = this.list().flatMap((conversation): Found[] => {
      const messages = this.of(conversation.id)
        .filter((message) => hasAll(message.text))
        .reverse()
      if (messages.length === 0 && !hasAll(conversation.title)) return []
      const told = messages.slice(0, 5).map(({ id, role, text }) => {
        const snippet = text.slice(0, 160).replaceAll(/\s/g, ' ')
        return { id, role, snippet, marks: findHits(snippet, words) }
      })
      return [{ conversation, marks: findHits(conversation.title, words), messages: told, total: messages.length }]
    })
    return { found, left: 0 }
  }

  find(id: number, terms: string[]): { messageId: number; hits: number }[] {
    return this.of(id)
      .map((message) => ({ messageId: message.id, hits: findHits(message.text, terms).length }))
      .filter(({ hits }) => hits > 0)
  }

  delete(id: number): void {
    this.trash.set(id, { ...this.get(id), deletedAt: Date.now() })
    this.conversations.delete(id)
  }

  restore(id: number): void {
    const { deletedAt, ...conversation } = this.trash.get(id)!
    if (deletedAt > 0) this.conversations.set(id, conversation)
    this.trash.delete(id)
  }
}
