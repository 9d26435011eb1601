import { setImmediate } from 'node:timers/promises'
import type { TunedPoint } from '../contract/tuning.ts'
import { DepthwiseError } from '../../models/common/errors.ts'
import { BudgetController } from '../../models/runtime/budget/controller.ts'
import type { Engine } from '../../models/runtime/engine.ts'
import type { ScoredText } from '../../models/runtime/score-text.ts'
import { NOTHING_SCORED, scoreText, together } from '../../models/runtime/score-text.ts'

/** In percent, in the order of measuring: the first few show already how the curve goes. */
const BUDGETS = [0, 100, 50, 20, 80, 10, 90, 30, 70, 40, 60] as const

/** Tokens of a passage. */
const PASSAGE = { least: 32, most: 128 }
const MOST_PASSAGES = 12
/** Until there is a first curve, where the least passage allows it. */
const FIRST_CURVE_MS = 40_000
/** Of all curves; no passage is begun that would not end by then. */
const MOST_MS = 150_000
/** Tokens from which the speed is guessed. */
const GUESSED_FROM = 8
const TELL_MS = 250

interface TuningTold {
  /** 0 to 1. */
  progress: number
  paused: boolean
  points: TunedPoint[]
}

interface TuningOptions {
  tell: (told: TuningTold) => void
  signal: AbortSignal
  /** Whether answers are under way; the measurement waits while they are. */
  isBusy: () => boolean
}

/**
 * Pieces of a text, each read by itself from the beginning-of-text token on; what is left at the end is too short for one.
 * @param length tokens of the text in each
 * @throws DepthwiseError BAD_ARGUMENT where the text is too short for one, MODEL_TOKENIZER
 */
export function passagesOf(tokenizer: Engine['tokenizer'], text: string, length: number): number[][] {
  const beginning = tokenizer.encodeText('')
  const ids = tokenizer.encodePlain(text)
  const count = Math.min(MOST_PASSAGES, Math.floor(ids.length / length))
  if (count === 0)
    throw new DepthwiseError(
      'BAD_ARGUMENT',
      `The text is too short to measure with: ${ids.length} tokens. Take one of ${PASSAGE.most} at least.`,
    )
  return Array.from({ length: count }, (_, i) => [...beginning, ...ids.slice(i * length, (i + 1) * length)])
}

/** Loss and speed along the budget: every budget reads the same passages, one passage after the other, so that they compare. */
export class Tuning {
  private readonly engine: Engine
  private readonly text: string
  private readonly options: TuningOptions
  private readonly controllers: ReadonlyMap<number, BudgetController>
  /** Of whole passages, by budget. */
  private totals = new Map<number, ScoredText>()
  private readonly clock = { spent: 0, since: performance.now(), told: -Infinity }

  constructor(engine: Engine, text: string, options: TuningOptions) {
    this.engine = engine
    this.text = text
    this.options = options
    const { plan } = engine.model
    this.controllers = new Map(BUDGETS.map((budget) => [budget, new BudgetController(plan, budget / 100)]))
  }

  /** Every budget, by rising budget; empty before all of them have read a passage. */
  get curve(): TunedPoint[] {
    return this.totals.size < BUDGETS.length ? [] : this.points()
  }

  /** @throws DepthwiseError as passagesOf and Sequence.append, and the signal's reason; `curve` is then what there is */
  async measure(): Promise<void> {
    // a text of one passage at least, before anything is computed
    const [first] = passagesOf(this.engine.tokenizer, this.text, PASSAGE.most)
    this.tell(0)
    const length = await this.passageLength(first!)
    const passages = passagesOf(this.engine.tokenizer, this.text, length)
    let [begun, longest] = [this.elapsed(), 0]
    for (const [i, passage] of passages.entries()) {
      if (i > 0 && begun + longest > MOST_MS) break
      await this.round(passage, i, passages.length)
      longest = Math.max(longest, this.elapsed() - begun)
      begun = this.elapsed()
    }
  }

  private async round(passage: number[], index: number, of: number): Promise<void> {
    const totals = new Map(this.totals)
    for (const [done, budget] of BUDGETS.entries()) {
      let read = 0
      const scored = await scoreText(this.engine, passage, this.controllers.get(budget)!, async () => {
        const part = (done + read++ / passage.length) / BUDGETS.length
        await this.turn(Math.max((index + part) / of, this.elapsed() / MOST_MS))
      })
      totals.set(budget, together(totals.get(budget) ?? NOTHING_SCORED, scored))
      // points of one round only can be compared
      if (index === 0) this.totals = new Map(totals)
    }
    this.totals = totals
  }

  /** As long as leaves time for a first curve. */
  private async passageLength(ids: readonly number[]): Promise<number> {
    const some = ids.slice(0, GUESSED_FROM + 1)
    const controller = new BudgetController(this.engine.model.plan, 1)
    // the first run of a graph takes longer
    await scoreText(this.engine, some.slice(0, 3), controller, () => this.turn(0))
    const { ms, tokens } = await scoreText(this.engine, some, controller, () => this.turn(0))
    const wanted = Math.floor((FIRST_CURVE_MS * tokens) / (ms * BUDGETS.length))
    return Math.min(PASSAGE.most, Math.max(PASSAGE.least, wanted))
  }

  /** Before every step: others are heard, and answers go first. */
  private async turn(progress: number): Promise<void> {
    const { signal, isBusy } = this.options
    await setImmediate()
    if (isBusy()) {
      this.clock.spent = this.elapsed()
      this.tell(progress, true)
      while (isBusy() && !signal.aborted) await pause(signal)
      this.clock.since = performance.now()
      this.tell(progress)
    } else if (performance.now() - this.clock.told >= TELL_MS) this.tell(progress)
    signal.throwIfAborted()
  }

  private elapsed(): number {
    return this.clock.spent + performance.now() - this.clock.since
  }

  private tell(progress: number, paused = false): void {
    this.clock.told = performance.now()
    this.options.tell({ progress: Math.min(1, progress), paused, points: this.points() })
  }

  private points(): TunedPoint[] {
    return [...this.totals]
      .sort(([a], [b]) => a - b)
      .map(([budget, { nll, tokens, depth, ms }]) => ({
        budget,
        loss: nll / tokens,
        tokensPerSecond: (1000 * tokens) / ms,
        meanDepth: depth / tokens,
        tokens,
      }))
  }
}

/** A moment, shorter where it is given up. */
function pause(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, 50)
    signal.addEventListener('abort', done, { once: true })
    function done(): void {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
  })
}
