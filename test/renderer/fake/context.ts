import type { ContextCount } from '../../../electron/contract/context.ts'
import type { Draft, Message } from '../../../electron/contract/values.ts'
import { DepthwiseError } from '../../../models/common/errors.ts'
import type { FakeConversations } from './conversations.ts'

const tokensOf = (text: string): number => Math.ceil(text.length / 4)

/** Counts as the engine might: four characters a token, and drafts in memory. */
export class FakeContext {
  readonly drafts = new Map<number | null, string>()
  private readonly conversations: FakeConversations
  private readonly limit: () => number | null

  constructor(conversations: FakeConversations, limit: () => number | null) {
    this.conversations = conversations
    this.limit = limit
  }

  count(conversationId: number | null, parentId: number | null, text: string): ContextCount | null {
    const limit = this.limit()
    if (limit === null) return null
    const branch = this.branch(parentId)
    const newest = tokensOf(text.trim() === '' ? (branch.at(-1)?.text ?? '') : text)
    const whole = branch.reduce((sum, message) => sum + tokensOf(message.text), text.trim() === '' ? 0 : newest)
    const drops = conversationId !== null && this.conversations.get(conversationId).overflow === 'drop'
    let read = whole
    let begin = 0
    while (drops && read > limit * 0.75 && begin + 2 <= branch.length) {
      read -= tokensOf(branch[begin]!.text) + tokensOf(branch[begin + 1]!.text)
      begin += 2
    }
    return { whole, newest, read, limit, readsFrom: begin === 0 ? null : (branch[begin]?.id ?? 999_999) }
  }

  expectRoom(conversationId: number | null, parentId: number | null, text: string): void {
    const counts = this.count(conversationId, parentId, text)
    if (!counts) return
    if (counts.newest >= counts.limit) throw new DepthwiseError('PROMPT_TOO_LONG', 'This message alone is too long.')
    if (counts.read >= counts.limit) throw new DepthwiseError('CONTEXT_FULL', 'The conversation no longer fits.')
  }

  list(): Draft[] {
    return [...this.drafts].map(([conversationId, text]) => ({ conversationId, text }))
  }

  write(conversationId: number | null, text: string): null {
    if (text === '') this.drafts.delete(conversationId)
    else this.drafts.set(conversationId, text)
    return null
  }

  private branch(leafId: number | null): Message[] {
    const branch: Message[] = []
    for (let at = leafId; at !== null;) {
      const message: Message | undefined = this.conversations.messages.get(at)
      if (!message) break
      branch.unshift(message)
      at = message.parentId
    }
    return branch
  }
}
