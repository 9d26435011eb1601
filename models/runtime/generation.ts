import type { ModelTokenizer } from '../formats/tokenizer.ts'
import { TextStream } from '../formats/text-stream.ts'
import type { Plan } from '../plan/plan.ts'
import type { Summary } from '../common/values.ts'
import { DepthwiseError } from '../common/errors.ts'
import type { FinishReason, Gate, Likelihood, Phase, Readings, Sampling, Token } from '../common/values.ts'
import { BudgetController } from './budget/controller.ts'
import { PhaseBudgets } from './budget/phase-budgets.ts'
import { Decoder } from './decoder.ts'
import type { ForwardResult } from './passes/forward.ts'
import { ReadingsMeter } from './readings.ts'
import { Likelihoods } from './sampling/likelihoods.ts'
import { Sampler } from './sampling/sampler.ts'
import { StopStrings } from './sampling/stop-strings.ts'
import type { Sequence } from './sequence.ts'
import type { PhasedPiece } from './thinking/phased-text.ts'
import type { ThoughtRequest } from './thinking/thoughts.ts'
import { Thoughts } from './thinking/thoughts.ts'

export interface GenerationRequest {
  /** Token ids of the prompt, at least one. */
  prompt: readonly number[]
  sampling: Sampling
  seed: number
  /** Percent of the optional compute. */
  budget: number
  /** Each token comes with its likelihood, with so many of the likeliest in its place, and with its gate; absent: without. */
  likeliest?: number | undefined
  /** null: whatever is written is the answer. */
  thought?: ThoughtRequest | null | undefined
}

/** Of the position that produces the next token. */
interface Last extends Pick<ForwardResult, 'gate'> {
  depth: number
  budget: number
  /** Of the optional compute, in layers: what its run took, and what it would take at full budget. */
  run: number
  full: number
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
  private readonly thoughts: Thoughts | null
  private readonly budgets: PhaseBudgets
  private inForce: number
  private logits: Float32Array | null = null
  /** The model's own, which the sampler does not change. */
  private kept: Float32Array | undefined
  private last: Last = { depth: 0, budget: 0, run: 0, full: 0, gate: null }
  private reason: FinishReason | null = null

  /** @throws DepthwiseError EMPTY_PROMPT; PROMPT_TOO_LONG where no token of an answer fits behind the prompt */
  constructor(plan: Plan, sequence: Sequence, tokenizer: ModelTokenizer, request: GenerationRequest) {
    const { prompt, sampling, seed, budget, thought } = request
    if (prompt.length === 0) throw new DepthwiseError('EMPTY_PROMPT', 'There is nothing to answer to.')
    if (prompt.length >= plan.contextLength) {
      throw new DepthwiseError(
        'PROMPT_TOO_LONG',
        `The conversation has at least ${prompt.length} tokens; this model reads ${plan.contextLength - 1} at most. Shorten the message or start a new chat.`,
        { detail: String(prompt.length) },
      )
    }
    this.plan = plan
    this.tokenizer = tokenizer
    this.request = request
    this.sampler = new Sampler(sampling, seed, prompt)
    this.stream = new TextStream(tokenizer)
    this.thoughts = thought ? new Thoughts(this.stream, thought) : null
    this.budgets = new PhaseBudgets(budget, thought?.asked.budget ?? null)
    this.inForce = this.budgets.of(this.phase)
    this.decoder = new Decoder(sequence, new BudgetController(plan, this.inForce / 100))
    this.stops = new StopStrings(sampling.stop)
  }

  /** Why the answer ended, null while it has not. */
  get finishReason(): FinishReason | null {
    return this.reason
  }

  /** Reads one more chunk of the prompt, or all of it where its tokens see each other. @returns whether all of it has been read; then an answer can follow */
  async prefill(): Promise<boolean> {
    const budget = this.inForce
    const result = await this.decoder.prefill(this.request.prompt)
    if (!result) return false
    this.took(result, budget)
    this.thoughts?.start(performance.now())
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
    const inserted = this.thoughts?.next()
    const id = inserted ?? this.sampler.next(this.logits!)
    if (this.stopRequested()) return null
    const at = performance.now()
    this.ids.push(id)
    this.meter.add(at, this.last.depth, this.last.run, this.last.full)
    if (this.plan.endTokens.includes(id)) return this.end('end', this.token(this.rest()))
    const { text, phase, stopped } = this.pieceOf(id, at)
    // what was inserted was not the model's choice
    const likelihood = inserted === undefined ? likelihoods?.of(id) : undefined
    this.follow()
    if (stopped) return this.end('stop', this.token({ text, phase }, likelihood))
    if (this.ids.length >= this.request.sampling.maxTokens)
      return this.end('length', this.token({ phase, text: text + this.rest().text }, likelihood))
    return this.token({ text, phase }, likelihood)
  }

  /** Where the next token is expected. */
  get phase(): Phase {
    return this.thoughts?.phase ?? 'answer'
  }

  /** The budget in force for the next token, in percent, and whether that is the thought's own. */
  get budget(): { percent: number; ownOfThought: boolean } {
    return { percent: this.inForce, ownOfThought: this.budgets.isOwn(this.phase) }
  }

  /** Whether its thought goes in circles. */
  get circling(): boolean {
    return this.thoughts?.circling ?? false
  }

  /** Index of the first token that what is asked for now acts on. */
  get acting(): number {
    // logits in hand, and those being computed, belong to what was asked for before
    const pending = this.decoder.producing || (this.ids.length === 0 && this.logits !== null)
    return this.ids.length + (pending ? 1 : 0)
  }

  /**
   * Asks for another budget.
   * @param phase whose; a thought without one of its own has that of the answer; null: both
   * @returns index of the first token that it acts on, where that phase has begun
   */
  setBudget(percent: number, phase: Phase | null = null): number {
    this.budgets.set(percent, phase)
    this.follow()
    return this.acting
  }

  /** Ends the thought, or one that was to come; its end is inserted and the answer follows. @returns whether there was one */
  endThought(): boolean {
    const ends = this.thoughts?.end() ?? false
    this.follow()
    return ends
  }

  /** Ends the answer; a run under way is not waited for. */
  stop(): void {
    this.reason ??= 'stopped'
  }

  readings(): Readings {
    return this.meter.live(this.inForce)
  }

  summary(): Summary {
    const figures = { ...this.meter.total(), ...this.thoughts?.total() }
    return { finishReason: this.reason ?? 'stopped', promptTokens: this.request.prompt.length, ...figures }
  }

  private async step(previous: number): Promise<void> {
    const budget = this.inForce
    const result = await this.decoder.step(previous, { continues: true })
    this.took(result, budget)
    Object.assign(this.last, result.optional)
  }

  /** The next token is drawn from what a run gave. @param budget that it was asked for under */
  private took({ logits, depths, gate }: ForwardResult, budget: number): void {
    this.logits = logits
    this.last = { depth: depths.at(-1)!, budget, run: 0, full: 0, gate }
  }

  /** Of the token to be drawn; the sampler changes the logits. */
  private likelihoods(): Likelihoods | null {
    const { likeliest } = this.request
    if (likeliest === undefined) return null
    this.kept ??= new Float32Array(this.logits!.length)
    return new Likelihoods(this.logits!, likeliest, (id) => this.tokenizer.nameOf(id), this.kept)
  }

  private stopRequested(): boolean {
    return this.reason !== null
  }

  private end(reason: FinishReason, token: Token | null = null): Token | null {
    this.reason = reason
    return token
  }

  /** The budget of the phase that has begun, or was changed. */
  private follow(): void {
    const percent = this.budgets.of(this.phase)
    if (percent === this.inForce) return
    this.inForce = percent
    this.decoder.share = percent / 100
    this.meter.restart()
  }

  private token({ text, phase }: PhasedPiece, likelihood?: Likelihood): Token {
    const { depth, budget } = this.last
    const gate = this.gate()
    return {
      text,
      depth,
      budget,
      ...(likelihood && { likelihood }),
      ...(gate && { gate }),
      ...(phase === 'thought' && { phase }),
    }
  }

  /** Of the position that produced the token, where it was asked for. */
  private gate(): Gate | null {
    const { gate } = this.last
    if (this.request.likeliest === undefined || !gate || !Number.isFinite(gate.score)) return null
    const { score, least } = gate
    return { score, least: Number.isFinite(least) ? least : null, passed: score >= least }
  }

  /** Stop strings are those of the answer. */
  private pieceOf(id: number, at: number): PhasedPiece & { stopped: boolean } {
    const piece: PhasedPiece = this.thoughts?.push(id, at) ?? { text: this.stream.push(id), phase: 'answer' }
    if (piece.phase === 'thought') return { ...piece, stopped: false }
    return { phase: 'answer', ...this.stops.push(piece.text) }
  }

  private rest(): PhasedPiece {
    const piece: PhasedPiece = this.thoughts?.flush() ?? { text: this.stream.flush(), phase: 'answer' }
    if (piece.phase === 'thought') return piece
    const { text, stopped } = this.stops.push(piece.text)
    return { phase: 'answer', text: stopped ? text : text + this.stops.flush() }
  }
}
