import type { ContextCount } from '../../../electron/contract/context.ts'
import type { ModelId } from '../../../electron/contract/models.ts'
import type { ConversationSettings } from '../../../electron/contract/presets.ts'
import { FOLLOWING } from '../../../electron/contract/presets.ts'
import type { Attachment, Draft, Message } from '../../../electron/contract/values.ts'
import { DepthwiseError } from '../../../models/common/errors.ts'
import type { FakeConversations } from './conversations.ts'
import type { Params } from './options.ts'

type ContextCall =
  'draft.settings' | 'draft.configure' | 'draft.model' | 'draft.chooseModel' | 'attachment.add' | 'attachment.read'

const tokensOf = (text: string): number => Math.ceil(text.length / 4)

/** Counts as the engine might: four characters a token, and drafts in memory. */
export class FakeContext {
  readonly drafts = new Map<number | null, string>()
  readonly draftFiles = new Map<number | null, readonly number[]>()
  readonly files = new Map<number, Attachment & { text: string }>()
  /** Of the next new conversation. */
  prepared: ConversationSettings = FOLLOWING
  preparedModel: ModelId | null = null
  private readonly conversations: FakeConversations
  private readonly limit: () => number | null

  constructor(conversations: FakeConversations, limit: () => number | null) {
    this.conversations = conversations
    this.limit = limit
  }

  count(
    conversationId: number | null,
    parentId: number | null,
    typed: string,
    ids: readonly number[] = [],
  ): ContextCount | null {
    const limit = this.limit()
    if (limit === null) return null
    const branch = this.branch(parentId)
    const files = this.filesOf(ids)
    const text = [...files.map((file) => this.files.get(file.id)!.text), typed].join('')
    const newest = tokensOf(text.trim() === '' ? (branch.at(-1)?.text ?? '') : text)
    const whole = branch.reduce((sum, message) => sum + tokensOf(message.text), text.trim() === '' ? 0 : newest)
    const drops = conversationId !== null && this.conversations.get(conversationId).overflow === 'drop'
    let read = whole
    let begin = 0
    while (drops && read > limit * 0.75 && begin + 2 <= branch.length) {
      read -= tokensOf(branch[begin]!.text) + tokensOf(branch[begin + 1]!.text)
      begin += 2
    }
    return {
      whole,
      newest,
      read,
      limit,
      readsFrom: begin === 0 ? null : (branch[begin]?.id ?? 999_999),
      ...(files.length > 0 && {
        attachments: files.map(({ id }) => ({ id, tokens: tokensOf(this.files.get(id)!.text) })),
      }),
    }
  }

  expectRoom(conversationId: number | null, parentId: number | null, text: string, ids?: readonly number[]): void {
    const counts = this.count(conversationId, parentId, text, ids)
    if (!counts) return
    if (counts.newest >= counts.limit) throw new DepthwiseError('PROMPT_TOO_LONG', 'This message alone is too long.')
    if (counts.read >= counts.limit) throw new DepthwiseError('CONTEXT_FULL', 'The conversation no longer fits.')
  }

  list(): Draft[] {
    return [...this.drafts].map(([conversationId, text]) => {
      const attachments = this.filesOf(this.draftFiles.get(conversationId))
      return { conversationId, text, ...(attachments.length > 0 && { attachments }) }
    })
  }

  write(conversationId: number | null, text: string, files: readonly number[] = []): null {
    if (text === '' && files.length === 0) this.drafts.delete(conversationId)
    else this.drafts.set(conversationId, text)
    this.draftFiles.set(conversationId, files)
    return null
  }

  run(call: ContextCall, params: Params): unknown {
    switch (call) {
      case 'draft.model':
        return this.preparedModel
      case 'draft.chooseModel':
        this.preparedModel = params.modelId ?? null
        return null
      case 'draft.settings':
        return this.prepared
      case 'draft.configure':
        this.prepared = params.settings as ConversationSettings
        return null
      case 'attachment.add':
        return this.add(params.name, params.text)
      case 'attachment.read':
        return this.files.get(params.id)
    }
  }

  private add(name: string, text: string): Attachment {
    const id = this.files.size + 1
    const file = { id, name, bytes: new TextEncoder().encode(text).length }
    this.files.set(id, { ...file, text })
    return file
  }

  filesOf(ids: readonly number[] = []): Attachment[] {
    return ids.map((id) => {
      const { name, bytes } = this.files.get(id)!
      return { id, name, bytes }
    })
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
