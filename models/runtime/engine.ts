import { totalmem } from 'node:os'
import { setImmediate } from 'node:timers/promises'
import { ModelTokenizer } from '../formats/tokenizer.ts'
import { leastDepth } from '../plan/depth.ts'
import type { PreparedModel } from '../prepare/prepare.ts'
import { prepare } from '../prepare/prepare.ts'
import type { Device, ModelInfo, Sampling, Thinking, Turn } from '../common/values.ts'
import { DEFAULT_THINKING } from '../common/values.ts'
import { backendOf } from './backend.ts'
import { worthwhilePrecision } from './tuning/four-bits.ts'
import { fit, beginnings, withoutOldest } from './fit.ts'
import type { GenerationRequest } from './generation.ts'
import { Generation } from './generation.ts'
import type { LoadRequest } from './load-request.ts'
import type { LoadedGraphs } from './graphs.ts'
import { PrefixCache } from './memory/prefix-cache.ts'
import type { Choice } from './tuning/providers.ts'
import { chooseProvider } from './tuning/providers.ts'
import { noteSpeed } from './tuning/tuning-store.ts'
import type { Backend } from './sequence.ts'
import { Sequence } from './sequence.ts'

/** Keys and values of conversations that may go on: bytes, and share of the machine's memory, at most. */
const MOST_KEPT = 1024 ** 3
const SHARE_KEPT = 1 / 16
/** The same of a device's memory, of which no more is known than that the weights have found room there. */
const SHARE_OF_DEVICE = 1 / 4

/** Tokens of an answer, and of prompt and answer, whose speed is held against what was found when threads were compared. */
const COMPARABLE = { least: 16, most: 256 }

/** Told the share done of preparing and of loading, 0 to 1, and what is to be loaded once it is known. */
export type LoadProgress = (phase: 'preparing' | 'loading', fraction: number, model?: PreparedModel) => void

export interface GenerateOptions {
  /** As in Generation's request. */
  likeliest?: number | undefined
  /** Of no effect on a text that goes on, and on models that do not think. */
  thinking?: Thinking | undefined
  /** How the answer begins, after a thought if there was one; it is part of the prompt. Of no effect on a text. */
  begun?: string | undefined
}

interface FitOptions {
  text: boolean
  /** That the answer may have. */
  mostTokens: number
  leftOut: number
  thinking?: Thinking | undefined
}

interface FittedTurns {
  asked: Asked
  leftOut: number
  tokens: number
}

/** A conversation, or what follows a text as it is. */
export type Asked = readonly Turn[] | string

/** A model, ready to answer. */
export class Engine {
  readonly info: ModelInfo
  readonly device: Device
  readonly model: PreparedModel
  readonly tokenizer: ModelTokenizer
  readonly graphs: LoadedGraphs
  private readonly backend: Backend
  /** None where what a prompt's tokens hold depends on its end. */
  private readonly prefixes: PrefixCache | null
  /** Answers under way; `alone` as long as none has shared the machine with it. */
  private readonly underWay = new Map<Generation, { alone: boolean }>()

  private constructor(model: PreparedModel, tokenizer: ModelTokenizer, { graphs, device, rows }: Choice) {
    const { plan } = model
    this.model = model
    this.tokenizer = tokenizer
    this.graphs = graphs
    this.device = device
    this.backend = backendOf(plan, graphs, rows)
    const kept = graphs.isResident ? graphs.weightBytes * SHARE_OF_DEVICE : totalmem() * SHARE_KEPT
    this.prefixes = plan.prompts === 'whole' ? null : new PrefixCache(Math.min(MOST_KEPT, kept))
    this.info = {
      id: plan.id,
      name: plan.name,
      family: plan.family,
      parameters: plan.parameters,
      vocabSize: plan.vocabSize,
      contextLength: plan.contextLength,
      minDepth: leastDepth(plan),
      maxDepth: plan.maxDepth,
      precision: model.precision,
      ...(plan.note !== undefined && { note: plan.note }),
      budget: plan.budget,
      chat: tokenizer.chats,
      thinking: tokenizer.thinking,
    }
  }

  /**
   * As `load`, but in 8 bits where 4 are asked for and gain little (four-bits.ts); the device's reason says so.
   * @throws as `load`
   */
  static async loadWorthwhile(request: LoadRequest, progress: LoadProgress): Promise<Engine> {
    const { precision, reason } = await worthwhilePrecision(request, (fraction) => {
      progress('preparing', fraction)
    })
    const engine = await Engine.load({ ...request, precision }, progress)
    if (reason !== '') engine.device.reason += ` ${reason}`
    return engine
  }

  /**
   * @throws DepthwiseError MODEL_*, CACHE_UNWRITABLE, NO_SPACE, PROVIDER_UNAVAILABLE, COMPUTE_FAILED
   */
  static async load(request: LoadRequest, progress: LoadProgress): Promise<Engine> {
    const { modelFolder, cacheFolder, precision, settings, signal } = request
    const preparing = (fraction: number): void => {
      progress('preparing', fraction)
    }
    const model = await prepare(modelFolder, cacheFolder, precision, preparing, { settings, signal })
    progress('loading', 0, model)
    await setImmediate()
    signal?.throwIfAborted()
    const { plan } = model
    const tokenizer = new ModelTokenizer(model.source, plan.vocabSize, plan.chatTemplate, plan.contextLength)
    plan.endTokens = tokenizer.endTokens(plan.endTokens)
    const choice = await chooseProvider(model, request.provider)
    progress('loading', 1)
    return new Engine(model, tokenizer, choice)
  }

  /** A new, empty sequence of tokens. */
  sequence(): Sequence {
    return new Sequence(this.model.plan, this.backend)
  }

  /**
   * An answer to a conversation, or what follows a text as it is; it goes on where an earlier one was kept. Nothing is
   * computed before its first step.
   * @throws DepthwiseError as Generation, MODEL_TOKENIZER
   */
  generate(
    asked: Asked,
    sampling: Sampling,
    seed: number,
    budget: number,
    { likeliest, thinking = DEFAULT_THINKING, begun }: GenerateOptions = {},
  ): Generation {
    const { prompt, thought } =
      begun === undefined || typeof asked === 'string' ? this.promptOf(asked, thinking) : this.begunBy(asked, begun)
    const sequence = this.prefixes?.take(prompt) ?? this.sequence()
    try {
      const request = { prompt, sampling, seed, budget, likeliest, thought }
      const generation = new Generation(this.model.plan, sequence, this.tokenizer, request)
      for (const other of this.underWay.values()) other.alone = false
      this.underWay.set(generation, { alone: this.underWay.size === 0 })
      return generation
    } catch (error) {
      this.prefixes?.keep(sequence)
      throw error
    }
  }

  /**
   * The part of a conversation that is read where its oldest turns may be left out.
   * @param text whether its turns are parts of one text
   * @param leftOut that were left out before
   * @throws DepthwiseError MODEL_TOKENIZER
   */
  fit(turns: readonly Turn[], { text, mostTokens, leftOut, thinking = DEFAULT_THINKING }: FitOptions): FittedTurns {
    const encode = (read: readonly Turn[]) => ({ ids: this.promptOf(text ? joined(read) : read, thinking).prompt })
    const { contextLength: context } = this.model.plan
    const fitted = fit(turns, encode, { context, mostTokens, leftOut })
    const read = withoutOldest(turns, fitted.leftOut)
    return { asked: text ? joined(read) : read, leftOut: fitted.leftOut, tokens: fitted.prompt.ids.length }
  }

  /** Tokens of a prompt, and of its newest turn alone; of more than the context holds, at least so many. @throws DepthwiseError MODEL_TOKENIZER */
  count(
    turns: readonly Turn[],
    text: boolean,
    thinking: Thinking = DEFAULT_THINKING,
  ): { whole: number; newest: number } {
    const length = (read: readonly Turn[]): number =>
      read.length === 0 ? 0 : this.promptOf(text ? joined(read) : read, thinking).prompt.length
    return { whole: length(turns), newest: length(withoutOldest(turns, beginnings(turns).at(-1) ?? 0)) }
  }

  private promptOf(asked: Asked, thinking: Thinking): Pick<GenerationRequest, 'prompt' | 'thought'> {
    if (typeof asked === 'string') return { prompt: this.tokenizer.encodeRaw(asked), thought: null }
    const { ids: prompt, opened } = this.tokenizer.encodePrompt(asked, thinking)
    const { thoughts: format, thinking: ability } = this.tokenizer
    return { prompt, thought: format && { format, kind: ability.kind, opened, asked: thinking } }
  }

  private begunBy(turns: readonly Turn[], begun: string): Pick<GenerationRequest, 'prompt' | 'thought'> {
    const { ids, opened } = this.tokenizer.encodePrompt(turns, { ...DEFAULT_THINKING, on: false })
    const closing = opened ? (this.tokenizer.thoughts?.closing ?? []) : []
    return { prompt: [...ids, ...closing, ...this.tokenizer.encodePlain(begun)], thought: null }
  }

  /** Keeps what a generation has read for the next turn of its conversation; the generation is over. */
  keep(generation: Generation): void {
    const alone = this.underWay.get(generation)?.alone === true
    this.underWay.delete(generation)
    this.prefixes?.keep(generation.sequence)
    if (alone && this.device.provider === 'cpu') this.noteSpeed(generation)
  }

  /** Threads were compared behind an empty context: longer ones are slower of themselves. */
  private noteSpeed(generation: Generation): void {
    const { promptTokens, tokens, tokensPerSecond } = generation.summary()
    if (tokensPerSecond === null || tokens < COMPARABLE.least || promptTokens + tokens > COMPARABLE.most) return
    noteSpeed(this.model.folder, 1000 / tokensPerSecond)
  }

  async release(): Promise<void> {
    this.prefixes?.clear()
    await this.backend.release()
  }
}

const joined = (turns: readonly Turn[]): string => turns.map(({ content }) => content).join('')
