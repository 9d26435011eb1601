import { Buffer } from 'node:buffer'
import type { CallParams, CallResult } from '../contract/calls.ts'
import type { PromptCount } from '../contract/engine.ts'
import type { ContextCount } from '../contract/context.ts'
import type { Message, Overflow } from '../contract/values.ts'
import { DepthwiseError } from '../../models/common/errors.ts'
import type { History } from '../history/history.ts'
import type { ConversationSettingsKeeper } from './conversation-settings.ts'
import type { HostSettings } from './settings.ts'
import type { CountedEvent, Supervisor } from './supervisor.ts'
import { promptOf, readsFrom, textOf, turnsBefore } from './prompt.ts'

interface ContextParts {
  history: History
  configured: Pick<ConversationSettingsKeeper, 'effective'>
  settings: HostSettings
  engine: Pick<Supervisor, 'send' | 'status'>
}

/** Id of a message that has none yet. */
export const UNSENT = Number.MAX_SAFE_INTEGER

/** No tokenizer makes more tokens of a text than it has bytes; a chat template adds its own, rarely more than these. */
const TEMPLATE_TOKENS = 1024

/** What a branch asks of the engine, whether for an answer or to be counted. */
type Prompt = Pick<
  Parameters<Supervisor['send']>[0] & { type: 'generate' },
  'turns' | 'text' | 'begun' | 'thinking' | 'leftOut'
>

/** What stands around the messages of a branch. */
interface Around {
  systemPrompt: string
  /** How the answer begins; empty where it does not yet. */
  begun?: string
}

/** Conversations held against the context of the loaded model. Counting is the engine's: it has the tokenizer. */
export class Contexts {
  private readonly history: History
  private readonly configured: ContextParts['configured']
  private readonly settings: HostSettings
  private readonly engine: Pick<Supervisor, 'send' | 'status'>
  private readonly waiting = new Map<number, (counts: PromptCount | null) => void>()
  private lastRequest = 0

  constructor({ history, configured, settings, engine }: ContextParts) {
    this.history = history
    this.configured = configured
    this.settings = settings
    this.engine = engine
  }

  async count({ conversationId, parentId, text }: CallParams<'context.count'>): Promise<CallResult<'context.count'>> {
    const overflow = conversationId === null ? 'ask' : this.history.conversations.get(conversationId).overflow
    return this.counted(this.branchOf(parentId), text, overflow, this.systemPromptOf(conversationId))
  }

  /**
   * The engine's part of a request. The oldest turns may be left out where the conversation says so; those that were for
   * the answer before stay out.
   */
  promptOf(branch: readonly Message[], overflow: Overflow | undefined, { systemPrompt, begun = '' }: Around): Prompt {
    const { thinking } = this.settings.read()
    const { model } = this.engine.status
    const keep = thinking.keep && (model?.thinking.preserves ?? false)
    const drops = overflow === 'drop'
    const last = branch.findLast(({ generation }) => generation !== null)
    const leftOut = drops ? { leftOut: turnsBefore(branch, last?.generation?.readsFrom) } : {}
    if (model && !model.chat) return { turns: drops ? promptOf(branch) : [], text: textOf(branch) + begun, ...leftOut }
    return { turns: promptOf(branch, keep, systemPrompt), ...(begun !== '' && { begun }), thinking, ...leftOut }
  }

  /**
   * Whether an answer finds room; null where that is sure without counting, or cannot be told before a model is loaded.
   * @throws DepthwiseError (later) PROMPT_TOO_LONG where the new message alone is too long, CONTEXT_FULL
   */
  expectRoom(conversationId: number | null, parentId: number | null, text: string): Promise<void> | null {
    const { model, phase } = this.engine.status
    if (phase !== 'ready' || !model) return null
    const branch = this.branchOf(parentId)
    const bytes = branch.reduce((sum, message) => sum + Buffer.byteLength(message.text), Buffer.byteLength(text))
    if (bytes + TEMPLATE_TOKENS < model.contextLength) return null
    const overflow = conversationId === null ? 'ask' : this.history.conversations.get(conversationId).overflow
    return this.counted(branch, text, overflow, this.systemPromptOf(conversationId)).then((counts) => {
      if (counts) expectFit(counts)
    })
  }

  receive({ request, counts }: CountedEvent): void {
    this.waiting.get(request)?.(counts)
    this.waiting.delete(request)
  }

  /** What it was asked to count will never be told. */
  engineGone(): void {
    for (const [request] of this.waiting) this.receive({ type: 'counted', request, counts: null })
  }

  private async counted(
    branch: readonly Message[],
    text: string,
    overflow: Overflow | undefined,
    systemPrompt: string,
  ): Promise<ContextCount | null> {
    const { model, phase } = this.engine.status
    if (phase !== 'ready' || !model) return null
    const whole = text.trim() === '' ? branch : [...branch, unsent(text)]
    const { turns, text: joined, thinking, leftOut } = this.promptOf(whole, overflow, { systemPrompt })
    const parts = joined === undefined ? {} : { text: joined }
    const counts = await this.ask({
      turns: joined === undefined ? turns : promptOf(whole),
      ...parts,
      maxTokens: this.settings.read().sampling.maxTokens,
      ...(thinking && { thinking }),
      ...(leftOut !== undefined && { leftOut }),
    })
    if (!counts) return null
    const { whole: all, newest, read } = counts
    return { whole: all, newest, read, limit: model.contextLength, readsFrom: readsFrom(whole, counts.leftOut) }
  }

  private systemPromptOf(conversationId: number | null): string {
    return conversationId === null
      ? this.settings.read().systemPrompt
      : this.configured.effective(conversationId).systemPrompt
  }

  private ask(prompt: Prompt & { maxTokens: number }): Promise<PromptCount | null> {
    const request = ++this.lastRequest
    return new Promise((resolve) => {
      this.waiting.set(request, resolve)
      this.engine.send({ type: 'count', request, ...prompt })
    })
  }

  private branchOf(parentId: number | null): Message[] {
    return parentId === null ? [] : this.history.messages.branch(parentId)
  }
}

function expectFit({ whole, newest, read, limit }: ContextCount): void {
  const most = limit - 1
  if (newest > most) {
    throw new DepthwiseError(
      'PROMPT_TOO_LONG',
      `This message alone takes ${newest.toLocaleString('en')} tokens, and the model reads ${most.toLocaleString('en')} at most. Shorten it.`,
    )
  }
  if (read > most) {
    throw new DepthwiseError(
      'CONTEXT_FULL',
      `With this message the conversation takes ${whole.toLocaleString('en')} tokens, and the model reads ${most.toLocaleString('en')} at most. Let it leave the oldest turns out, or start a new chat.`,
    )
  }
}

/** As a message that is about to be sent stands in a branch. */
export const unsent = (text: string): Message => ({
  id: UNSENT,
  conversationId: 1,
  parentId: null,
  role: 'user',
  status: 'complete',
  text,
  createdAt: 0,
  generation: null,
})
