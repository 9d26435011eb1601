import type { ModelTokenizer } from '../formats/tokenizer.ts'
import { TextStream } from '../formats/text-stream.ts'
import type { Plan } from '../plan/plan.ts'
import type { Summary } from '../common/values.ts'
import { DepthwiseError } from '../common/errors.ts'
import type { FinishReason, Readings, Sampling, Token } from '../common/values.ts'
import { BudgetController } from './budget/controller.ts'
import type { PassOptions } from './passes/forward.ts'
import { ReadingsMeter } from './readings.ts'
import { Sampler } from './sampling/sampler.ts'
import { StopStrings } from './sampling/stop-strings.ts'
import type { Ahead, Speculation } from './speculation/speculation.ts'
import type { Sequence } from './sequence.ts'

export interface GenerationRequest {
  /** Token ids of the prompt, at least one. */
  prompt: readonly number[]
  sampling: Sampling
  seed: number
  /** Percent of the optional compute. */
  budget: number
}

/** One answer in the making, advanced step by step by its owner: `prefill` until it says true, then `next` until null. */
export class Generation {
  /** Ids of the answer so far, the end token included. */
  readonly ids: number[] = []
  private readonly plan: Plan
  readonly sequence: Sequence
  private readonly request: GenerationRequest
  private readonly controller: BudgetController
  private sampler: Sampler
  private readonly stream: TextStream
  private readonly stops: StopStrings
  private readonly meter = new ReadingsMeter(performance.now())
  private readonly speculation: Speculation | null
  /** Decided already, at the budget of now; the sequence has read all of them but the last. */
  private ahead: Ahead[] = []
  private budget: number
  /** A run is under way whose logits the next token is drawn from. */
  private producing = false
  private logits: Float32Array | null = null
  private last = { depth: 0, budget: 0, run: 0, full: 0 }
  private reason: FinishReason | null = null

  /** @throws DepthwiseError EMPTY_PROMPT; PROMPT_TOO_LONG where no token of an answer fits behind the prompt */
  constructor(
    plan: Plan,
    sequence: Sequence,
    tokenizer: ModelTokenizer,
    request: GenerationRequest,
    speculation: Speculation | null = null,
  ) {
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
    this.sequence = sequence
    this.speculation = speculation
    this.request = request
    this.budget = budget
    this.controller = new BudgetController(plan, budget / 100)
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
    const { prompt } = this.request
    const whole = this.plan.prompts === 'whole'
    const most = { chunks: this.sequence.kv.chunk, whole: Infinity, tokens: 1 }[this.plan.prompts]
    const left = prompt.length - this.sequence.length
    // the last token by itself, as it is where those before it are kept: beside others 8-bit numbers are rounded otherwise
    const count = whole ? left : Math.min(most, Math.max(1, left - 1))
    const chunk = prompt.slice(this.sequence.length, this.sequence.length + count)
    const complete = this.sequence.length + chunk.length === prompt.length
    await this.read(chunk, this.controller.calibrated(), complete, whole ? { prefix: prompt.length } : {})
    return complete
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
    const id = previous === undefined ? this.sampler.next(this.logits!) : await this.following(previous)
    if (this.stopRequested()) return null
    this.ids.push(id)
    const { depth, budget, run, full } = this.last
    this.meter.add(performance.now(), depth, run, full)
    if (this.plan.endTokens.includes(id)) return this.end('end', { text: this.rest(), depth, budget })
    const { text, stopped } = this.stops.push(this.stream.push(id))
    if (stopped) return this.end('stop', { text, depth, budget })
    if (this.ids.length >= this.request.sampling.maxTokens)
      return this.end('length', { text: text + this.rest(), depth, budget })
    return { text, depth, budget }
  }

  /** Asks for another budget. @returns index of the first token that it acts on */
  setBudget(percent: number): number {
    this.budget = percent
    this.controller.share = percent / 100
    this.meter.restart()
    this.forget(0)
    // logits in hand, and those being computed, belong to the budget before
    const pending = this.producing || (this.ids.length === 0 && this.logits !== null)
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

  /** The token behind `previous`: one of those ahead, or the next. */
  private async following(previous: number): Promise<number> {
    if (this.ahead.length === 0) await this.further(previous)
    const [first] = this.ahead
    if (!first) return this.sampler.next(this.logits!)
    this.ahead.shift()
    this.sampler = first.sampler
    this.last = { ...this.last, depth: first.depth, run: first.cost, full: first.cost }
    return first.id
  }

  /** Reads `previous`: alone, or with tokens drafted behind it. */
  private async further(previous: number): Promise<void> {
    const thresholds = this.controller.trimmed()
    const { sampling } = this.request
    const room = Math.min(this.plan.contextLength - this.sequence.length, sampling.maxTokens - this.ids.length)
    const begun = performance.now()
    const speculation = this.controller.share >= 1 && this.speculation?.fits(thresholds) ? this.speculation : null
    const length = speculation?.length(room) ?? 0
    if (length > 0) await this.drafted(previous, length)
    else {
      const { run, full } = await this.read([previous], thresholds, true, { continues: true })
      this.controller.spent(run, full)
      this.last.run = run
      this.last.full = full
    }
    speculation?.took(length, Math.max(1, this.ahead.length), performance.now() - begun)
  }

  private async drafted(previous: number, length: number): Promise<void> {
    const { speculation, sequence, sampler, budget } = this
    this.producing = true
    try {
      const { tokens, scores } = await speculation!.write(sequence, previous, length, sampler)
      this.controller.observe(scores)
      this.ahead = tokens
      this.last.budget = budget
      // what was asked for meanwhile acts from the second on
      if (budget !== this.budget) this.forget(1)
    } finally {
      this.producing = false
    }
  }

  /** Drops the tokens ahead but the first few. */
  private forget(kept: number): void {
    const dropped = this.ahead.length - kept
    if (dropped <= 0) return
    this.sequence.rewind(this.sequence.length - dropped)
    this.ahead.length = kept
  }

  /** @returns optional compute of the run, in layers */
  private async read(
    ids: readonly number[],
    thresholds: readonly number[],
    wanted: boolean,
    options: PassOptions = {},
  ): Promise<{ run: number; full: number }> {
    const budget = this.budget
    this.producing = wanted
    try {
      const result = await this.sequence.append(ids, thresholds, wanted ? 'last' : 'none', options)
      this.logits = result.logits
      this.controller.observe(result.scores)
      this.last = { depth: result.depths.at(-1)!, budget, run: 0, full: 0 }
      return result.optional
    } finally {
      this.producing = false
    }
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
