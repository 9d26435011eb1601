import type { FinishReason, HoldState, PaceMode, Phase, Readings, Token } from '../../../models/common/values.ts'
import type { Generation, Message, TokenDetails } from '../../../electron/contract/values.ts'
import { KEPT_OVER } from '../../../models/common/values.ts'
import { ANSWERS, generation, MODEL, THOUGHT } from './values.ts'

const WINDOW = 24

export interface Pace {
  /** Milliseconds a token takes at depth 1. */
  tokenMs: number
  prefillMs: number
}

/** Writes one canned answer, with depths that follow the budget as a model's would. */
export class Writer {
  readonly message: Message
  private readonly tokens: Token[] = []
  private readonly pieces: string[]
  /** So many of the pieces are thought. */
  private thought: number
  private thoughtBudget: number | null = null
  private readonly record: Generation
  private readonly pace: Pace
  private budget: number
  /** As the person asked. */
  asked: number
  hold: HoldState | undefined
  private state: number

  constructor(message: Message, budget: number, seed: number, pace: Pace, thinks = false, text?: string) {
    this.message = message
    const thought = thinks ? pieces(THOUGHT) : []
    this.thought = thought.length
    this.pieces = [...thought, ...pieces(text ?? ANSWERS[seed % ANSWERS.length] ?? '')]
    this.budget = this.asked = budget
    this.pace = pace
    this.state = seed + 1
    this.record = generation({ budget, seed, promptTokens: 37, ttftMs: 84 })
  }

  get count(): number {
    return this.tokens.length
  }

  get tokenMs(): number {
    return this.pace.tokenMs
  }

  get inForce(): number {
    return this.budget
  }

  get done(): boolean {
    return this.tokens.length >= this.pieces.length
  }

  /** Whether the next token is one of the thought. */
  get thinking(): boolean {
    return this.count < this.thought
  }

  endThought(): void {
    if (!this.thinking) return
    this.pieces.splice(this.count, this.thought - this.count)
    this.thought = this.count
  }

  /** @param by what decided on it in the person's place */
  changeBudget(budget: number, phase?: Phase, by?: PaceMode): number {
    if (!by && phase !== 'thought') this.asked = budget
    if (phase === 'thought') this.thoughtBudget = budget
    else this.budget = budget
    this.record.budgetChanges = [...this.record.budgetChanges, { token: this.count, budget, ...(by && { by }) }]
    return this.count
  }

  next(): { token: Token; readings: Readings; ms: number } {
    const text = this.pieces[this.count] ?? ''
    const hard = text.trim().length > 3 ? 0.18 : -0.12
    let depth = 1
    for (let recursion = 2; recursion <= MODEL.maxDepth; recursion++) {
      if (depth === recursion - 1 && this.random() < this.budget / 100 + hard * (this.budget % 100 === 0 ? 0 : 1))
        depth += 1
    }
    const budget = this.thinking ? (this.thoughtBudget ?? this.budget) : this.budget
    const token: Token = { text, depth, budget, ...(this.thinking && { phase: 'thought' }) }
    this.tokens.push(token)
    return { token, readings: this.readings(), ms: this.pace.tokenMs * (0.4 + 0.6 * depth) }
  }

  /** As a model would have decided: the same at every call. */
  details(): TokenDetails[] {
    return this.tokens.map(({ text, depth }, index) => {
      const score = Math.round(1000 * wave(index)) / 1000
      const passed = depth === MODEL.maxDepth
      const gate = { score, least: passed ? score * 0.8 : score * 1.2, passed }
      if (this.tokens[index]!.phase && index === this.thought - 1) return { likelihood: null, gate }
      const own = index % 11 === 10 ? 0.004 : 0.2 + 0.79 * wave(index * 3)
      const rest = ['\n\n', ' the', '<|im_end|>', ' a little', ' wonderfully'].map((other, i) => ({
        text: other,
        logProbability: Math.log((1 - own) / 2.2 ** (i + 1)),
      }))
      const written = { text, logProbability: Math.log(own) }
      const likeliest = [written, ...rest].sort((a, b) => b.logProbability - a.logProbability).slice(0, 5)
      return { likelihood: { ...written, likeliest }, gate }
    })
  }

  /** The answer as kept, so far or in the end. */
  kept(status: Message['status'], finishReason: FinishReason | null): Message {
    const readings = this.readings()
    const written = this.count > 0
    return {
      ...this.message,
      status,
      text: this.textOf(undefined),
      generation: {
        ...this.record,
        thought: this.tokens[0]?.phase
          ? { text: this.textOf('thought'), tokens: Math.min(this.count, this.thought), ms: 3140 }
          : null,
        depths: this.tokens.map(({ depth }) => depth),
        lengths: this.tokens.map(({ text }) => text.length),
        meanDepth: written ? this.meanDepth(this.tokens) : null,
        budgetRealised: written ? readings.budgetRealised : null,
        tokensPerSecond: written ? readings.tokensPerSecond : null,
        finishReason,
        failure:
          status === 'error'
            ? { code: 'COMPUTE_FAILED', message: 'The device ran out of memory. Choose the CPU and answer again.' }
            : null,
      },
    }
  }

  private textOf(phase: Token['phase']): string {
    const tokens = this.tokens.filter((token) => token.phase === phase)
    return tokens.map(({ text }) => text).join('')
  }

  private readings(): Readings {
    const meanDepth = this.meanDepth(this.tokens.slice(-WINDOW))
    return {
      tokensPerSecond: 1000 / (this.pace.tokenMs * (0.4 + 0.6 * meanDepth)) + this.random(),
      meanDepth,
      budgetAsked: this.budget,
      budgetRealised: (100 * (this.meanDepth(this.tokens.slice(-KEPT_OVER)) - 1)) / (MODEL.maxDepth - 1),
      over: Math.min(this.count, KEPT_OVER),
      ...(this.hold && { hold: this.hold }),
    }
  }

  private meanDepth(tokens: readonly Token[]): number {
    return tokens.reduce((sum, { depth }) => sum + depth, 0) / Math.max(1, tokens.length) || 1
  }

  private random(): number {
    this.state = (this.state * 1103515245 + 12345) % 2147483648
    return this.state / 2147483648
  }
}

/** Between 0 and 1, as if at random. */
const wave = (index: number): number => (Math.sin(index * 12.9898) + 1) / 2

function pieces(text: string): string[] {
  return text.match(/\s?[\w’'-]{1,6}|\s*[^\w\s]+|\s+/g) ?? []
}
