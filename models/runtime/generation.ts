import type { ModelTokenizer } from '../formats/tokenizer.ts'
import { TextStream } from '../formats/text-stream.ts'
import type { Plan } from '../plan/plan.ts'
import type { Summary } from '../common/values.ts'
import { DepthwiseError } from '../common/errors.ts'
import type { FinishReason, Readings, Sampling, Token } from '../common/values.ts'
import { BudgetController } from './budget/controller.ts'
import { Decoder } from './decoder.ts'
import type { ForwardResult } from './passes/forward.ts'
import { ReadingsMeter } from './readings.ts'
import { Likelihoods } from './sampling/likelihoods.ts'
import { Sampler } from './sampling/sampler.ts'
import { StopStrings } from './sampling/stop-strings.ts'
import type { Sequence } from './sequence.ts'

export interface GenerationRequest {
  /** Token ids of the prompt, at least one. */
  prompt: readonly number[]
  sampling: Sampling
  seed: number
  /** Percent of the optional compute. */
  budget: number
  /** Each token comes with its likelihood, and with so many of the likeliest in its place; absent: without. */
  likeliest?: number | undefined
}

/** One answer in the making, advanced step by step by its owner: `prefill` until it says true, then `next` until null. */
export class Generation {
  /** Ids of the answer so far, the end token included. */
  readonly ids: number[] = []
  private readonly plan: Plan
  private readonly tokenizer: ModelTokenizer
  private readonly request: GenerationRequest
  private readonly decoder: Decoder
  private readonly sampler: Sampler
  private readonly stream: TextStream
  private readonly stops: StopStrings
  private readonly meter = new ReadingsMeter(performance.now())
  private budget: number
  private logits: Float32Array | null = null
  private last = { depth: 0, budget: 0, run: 0, full: 0 }
  private reason: FinishReason | null = null

  /** @throws DepthwiseError EMPTY_PROMPT; PROMPT_TOO_LONG where no token of an answer fits behind the prompt */
  constructor(plan: Plan, sequence: Sequence, tokenizer: ModelTokenizer, request: GenerationRequest) {
    const { prompt, sampling, seed, budget } = request
    if (prompt.length === 0) throw new DepthwiseError('EMPTY_PROMPT', 'There is nothing to answer to.')
    if (prompt.length >= plan.contextLength) {
      throw new DepthwiseError(
        'PROMPT_TOO_LONG',
        `The conversation has ${prompt.length} tokens; this model reads ${plan.contextLength - 1} at most. Shorten the message or start a new chat.`,
        { detail: String(prompt.length) },
      )
    }
    this.plan = plan
    this.tokenizer = tokenizer
    this.request = request
    this.budget = budget
    this.decoder = new Decoder(sequence, new BudgetController(plan, budget / 100))
    this.sampler = new Sampler(sampling, seed, prompt)
    this.stream = new TextStream(tokenizer)
    this.stops = new StopStrings(sampling.stop)
  }

  /** Why the answer ended, null while it has not. */
  get finishReason(): FinishReason | null {
    return this.reason
  }

  /** Reads one more chunk of the prompt, or all of it where its tokens see each other. @returns whether all of it has been read; then an answer can follow */
  async prefill(): Promise<boolean> {
    const { budget } = this
    const result = await this.decoder.prefill(this.request.prompt)
    if (!result) return false
    this.took(result, budget)
    return true
  }

  /** What it has read. */
  get sequence(): Sequence {
    return this.decoder.sequence
  }

  get promptTokens(): number {
    return this.request.prompt.length
  }

  /** Tokens of the prompt read. */
  get prefilled(): number {
    return Math.min(this.sequence.length, this.request.prompt.length)
  }

  /** The next token of the answer, or null once it has ended. */
  async next(): Promise<Token | null> {
    if (this.reason) return null
    const previous = this.ids.at(-1)
    if (previous !== undefined && this.request.prompt.length + this.ids.length > this.plan.contextLength)
      return this.end('context')
    if (previous !== undefined) await this.step(previous)
    const likelihoods = this.likelihoods()
    const id = this.sampler.next(this.logits!)
    if (this.stopRequested()) return null
    this.ids.push(id)
    const { depth, budget, run, full } = this.last
    this.meter.add(performance.now(), depth, run, full)
    if (this.plan.endTokens.includes(id)) return this.end('end', { text: this.rest(), depth, budget })
    const { text, stopped } = this.stops.push(this.stream.push(id))
    const token: Token = { text, depth, budget, ...(likelihoods && { likelihood: likelihoods.of(id) }) }
    if (stopped) return this.end('stop', token)
    if (this.ids.length >= this.request.sampling.maxTokens)
      return this.end('length', { ...token, text: text + this.rest() })
    return token
  }

  /** Asks for another budget. @returns index of the first token that it acts on */
  setBudget(percent: number): number {
    this.budget = percent
    this.decoder.share = percent / 100
    this.meter.restart()
    // logits in hand, and those being computed, belong to the budget before
    const pending = this.decoder.producing || (this.ids.length === 0 && this.logits !== null)
    return this.ids.length + (pending ? 1 : 0)
  }

  /** Ends the answer; a run under way is not waited for. */
  stop(): void {
    this.reason ??= 'stopped'
  }

  readings(): Readings {
    return this.meter.live(this.budget)
  }

  summary(): Summary {
    return { finishReason: this.reason ?? 'stopped', promptTokens: this.request.prompt.length, ...this.meter.total() }
  }

  private async step(previous: number): Promise<void> {
    const { budget } = this
    const result = await this.decoder.step(previous, { continues: true })
    this.took(result, budget)
    Object.assign(this.last, result.optional)
  }

  /** The next token is drawn from what a run gave. @param budget that it was asked for under */
  private took({ logits, depths }: ForwardResult, budget: number): void {
    this.logits = logits
    this.last = { depth: depths.at(-1)!, budget, run: 0, full: 0 }
  }

  /** Of the token to be drawn; the sampler changes the logits. */
  private likelihoods(): Likelihoods | null {
    const { likeliest } = this.request
    if (likeliest === undefined) return null
    return new Likelihoods(this.logits!, likeliest, (id) => this.tokenizer.nameOf(id))
  }

  private stopRequested(): boolean {
    return this.reason !== null
  }

  private end(reason: FinishReason, token: Token | null = null): Token | null {
    this.reason = reason
    return token
  }

  private rest(): string {
    const { text, stopped } = this.stops.push(this.stream.flush())
    return stopped ? text : text + this.stops.flush()
  }
}
