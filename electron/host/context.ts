import { Buffer } from 'node:buffer'
import { withFiles } from '../contract/attachments.ts'
import type { CallParams } from '../contract/calls.ts'
import type { PromptCount } from '../contract/engine.ts'
import type { ModelId } from '../contract/models.ts'
import type { ContextCount } from '../contract/context.ts'
import type { Attachment, Message, Overflow } from '../contract/values.ts'
import { DepthwiseError } from '../../models/common/errors.ts'
import type { ModelInfo } from '../../models/common/values.ts'
import type { History } from '../history/history.ts'
import type { ConversationSettingsKeeper } from './conversation-settings.ts'
import { FileTokens } from './file-tokens.ts'
import { readBranch } from './read-branch.ts'
import type { HostSettings } from './settings.ts'
import type { Engines } from './engines.ts'
import type { Seat } from './seat.ts'
import type { CountedEvent, Supervisor } from './supervisor.ts'
import { promptOf, readsFrom, textOf, turnsBefore } from './prompt.ts'

interface ContextParts {
  history: History
  configured: Pick<ConversationSettingsKeeper, 'effective'>
  settings: HostSettings
  engines: Pick<Engines, 'running'>
}

/** Id of a message that has none yet. */
export const UNSENT = Number.MAX_SAFE_INTEGER

/** No tokenizer makes more tokens of a text than it has bytes; a chat template adds its own, rarely more than these. */
const TEMPLATE_TOKENS = 1024
/** In UTF-16 units: tokens of a text are hardly longer than this. */
const TOKEN_LENGTH = 6
/** Around a file: its name and its fence, rarely more than these. */
const FENCE_BYTES = 512

/** What a branch asks of the engine, whether for an answer or to be counted. */
type Prompt = Pick<
  Parameters<Supervisor['send']>[0] & { type: 'generate' },
  'turns' | 'text' | 'begun' | 'thinking' | 'leftOut'
>

/** A message that is not sent yet; all empty: none. */
export interface NewMessage {
  text: string
  /** Ids of its files. */
  attachments?: readonly number[] | undefined
  /** Of a conversation that is not there yet: its model; null or absent: the app's. */
  modelId?: ModelId | null | undefined
}

/** What stands around the messages of a branch. */
interface Around {
  systemPrompt: string
  /** How the answer begins; empty where it does not yet. */
  begun?: string
  /** That is to read it. */
  model: ModelInfo | null
}

/** Conversations held against the context of the loaded model. Counting is the engine's: it has the tokenizer. */
export class Contexts {
  private readonly history: History
  private readonly configured: ContextParts['configured']
  private readonly settings: HostSettings
  private readonly engines: ContextParts['engines']
  private readonly waiting = new Map<number, { seat: Seat; tell: (counts: PromptCount | null) => void }>()
  private readonly fileTokens = new WeakMap<Seat, FileTokens>()
  private lastRequest = 0

  constructor({ history, configured, settings, engines }: ContextParts) {
    this.history = history
    this.configured = configured
    this.settings = settings
    this.engines = engines
  }

  async count({ conversationId, parentId, ...message }: CallParams<'context.count'>): Promise<ContextCount | null> {
    const branch = this.branchOf(parentId)
    const seat = this.seatOf(conversationId, message.modelId)
    return seat && this.counted(seat, branch, message, conversationId)
  }

  /**
   * The engine's part of a request. The oldest turns may be left out where the conversation says so; those that were for
   * the answer before stay out.
   */
  promptOf(
    branch: readonly Message[],
    overflow: Overflow | undefined,
    { systemPrompt, begun = '', model }: Around,
  ): Prompt {
    const { thinking } = this.settings.read()
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
  expectRoom(conversationId: number | null, parentId: number | null, message: NewMessage): Promise<void> | null {
    const seat = this.seatOf(conversationId, message.modelId)
    if (seat?.status.phase !== 'ready' || !seat.status.model) return null
    const branch = this.branchOf(parentId)
    const files = this.filesOf(message).reduce((sum, { bytes }) => sum + bytes + FENCE_BYTES, 0)
    const bytes = branch.reduce(
      (sum, { text }) => sum + Buffer.byteLength(text),
      Buffer.byteLength(message.text) + files,
    )
    if (bytes + TEMPLATE_TOKENS < seat.status.model.contextLength) return null
    return this.counted(seat, branch, message, conversationId).then((counts) => {
      if (counts) expectFit(counts)
    })
  }

  receive({ request, counts }: CountedEvent): void {
    this.waiting.get(request)?.tell(counts)
    this.waiting.delete(request)
  }

  /** What it was asked to count will never be told. */
  engineGone(gone: Seat): void {
    for (const [request, { seat }] of this.waiting) {
      if (seat === gone) this.receive({ type: 'counted', request, counts: null })
    }
  }

  private async counted(
    seat: Seat,
    branch: readonly Message[],
    message: NewMessage,
    conversationId: number | null,
  ): Promise<ContextCount | null> {
    const { model, phase } = seat.status
    if (phase !== 'ready' || !model) return null
    const files = this.filesOf(message)
    const tokens = files.length > 0 ? await this.tokensIn(seat).of(files, model.id, model.contextLength) : []
    if (!tokens) return null
    const inFiles = tokens.reduce((sum, file) => sum + file.tokens, 0)
    // no more is counted of a text than the context holds
    const apart = inFiles > 0 && inFiles + message.text.length / TOKEN_LENGTH >= model.contextLength
    const text = apart ? message.text || files[0]!.name : withFiles(files, message.text)
    const whole = text === '' ? branch : [...branch, unsent(text)]
    const overflow = conversationId === null ? 'ask' : this.history.conversations.get(conversationId).overflow
    const systemPrompt = this.systemPromptOf(conversationId)
    const { turns, text: joined, thinking, leftOut } = this.promptOf(whole, overflow, { systemPrompt, model })
    const parts = joined === undefined ? {} : { text: joined }
    const counts = await this.ask(seat, {
      turns: joined === undefined ? turns : promptOf(whole),
      ...parts,
      maxTokens: this.settings.read().sampling.maxTokens,
      ...(thinking && { thinking }),
      ...(leftOut !== undefined && { leftOut }),
    })
    if (!counts) return null
    const more = apart ? inFiles : 0
    const isTyped = whole.at(-1)?.role === 'user'
    // the last question with its answer may take all of the context; what comes next can do without them
    const isLeftOut = !isTyped && overflow === 'drop' && counts.newest >= model.contextLength
    return {
      whole: counts.whole + more,
      newest: isTyped ? counts.newest + more : 0,
      read: isLeftOut ? 0 : counts.read + more,
      limit: model.contextLength,
      readsFrom: isLeftOut ? UNSENT : readsFrom(whole, counts.leftOut),
      ...(tokens.length > 0 && { attachments: tokens }),
    }
  }

  /** @throws DepthwiseError NOT_FOUND */
  private filesOf({ attachments = [] }: NewMessage): (Attachment & { text: string })[] {
    return attachments.map((id) => this.history.attachments.read(id))
  }

  private systemPromptOf(conversationId: number | null): string {
    return conversationId === null
      ? this.settings.read().systemPrompt
      : this.configured.effective(conversationId).systemPrompt
  }

  /** The engine of a conversation's model; null where that does not run. */
  private seatOf(conversationId: number | null, modelId: ModelId | null | undefined): Seat | null {
    if (conversationId === null) return this.engines.running(modelId ?? null)
    const { model } = this.history.conversations.get(conversationId)
    if (!model) return this.engines.running(null)
    return model.id === null ? null : this.engines.running(model.id)
  }

  private tokensIn(seat: Seat): FileTokens {
    const known = this.fileTokens.get(seat)
    if (known) return known
    const counting = new FileTokens(this.history.attachments, async (text) => {
      const counts = await this.ask(seat, { turns: [{ role: 'user', content: text }], text, maxTokens: 1 })
      return counts?.whole ?? null
    })
    this.fileTokens.set(seat, counting)
    return counting
  }

  private ask(seat: Seat, prompt: Prompt & { maxTokens: number }): Promise<PromptCount | null> {
    const request = ++this.lastRequest
    return new Promise((resolve) => {
      this.waiting.set(request, { seat, tell: resolve })
      seat.engine.send({ type: 'count', request, ...prompt })
    })
  }

  private branchOf(parentId: number | null): Message[] {
    return parentId === null ? [] : readBranch(this.history, parentId)
  }
}

function expectFit({ whole, newest, read, limit, attachments }: ContextCount): void {
  const most = limit - 1
  if (newest > most) {
    throw new DepthwiseError(
      'PROMPT_TOO_LONG',
      `This message alone takes ${attachments ? 'about' : 'at least'} ${newest.toLocaleString('en')} tokens, ${(newest - most).toLocaleString('en')} more than the model reads. Shorten it.`,
    )
  }
  if (read > most) {
    throw new DepthwiseError(
      'CONTEXT_FULL',
      `With this message the conversation takes at least ${whole.toLocaleString('en')} tokens, and the model reads ${most.toLocaleString('en')} at most. Let it leave the oldest turns out, or start a new chat.`,
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
