import type { Readings } from '../common/values.ts'
import { KEPT_OVER } from '../common/values.ts'

/** Tokens over which live speed and depth are taken: long enough to be calm, short enough to follow the slider. */
const WINDOW = 24

interface Reading {
  at: number
  depth: number
  run: number
  full: number
}

/** Speed, depth and share of the last tokens, and of all of them. */
export class ReadingsMeter {
  private readonly all = { depth: 0, run: 0, full: 0, count: 0 }
  private recent: Reading[] = []
  private readonly startedAt: number
  private firstAt: number | null = null

  /** @param startedAt milliseconds, any clock */
  constructor(startedAt: number) {
    this.startedAt = startedAt
  }

  add(at: number, depth: number, run: number, full: number): void {
    this.firstAt ??= at
    this.all.depth += depth
    this.all.run += run
    this.all.full += full
    this.all.count++
    this.recent.push({ at, depth, run, full })
    if (this.recent.length > KEPT_OVER) this.recent.shift()
  }

  /** Forgets the recent tokens, so that the readings show what a changed budget does. */
  restart(): void {
    this.recent = this.recent.slice(-1)
  }

  /**
   * Of the last tokens; what was spent over as many as the budget is kept over, as in fewer even a perfect controller is off.
   *
   * @param asked budget in percent
   */
  live(asked: number): Readings {
    const recent = this.recent.slice(-WINDOW)
    const sum = (of: readonly Reading[], pick: (reading: Reading) => number): number =>
      of.reduce((total, reading) => total + pick(reading), 0)
    const elapsed = recent.length > 1 ? recent.at(-1)!.at - recent[0]!.at : 0
    return {
      tokensPerSecond: elapsed > 0 ? ((recent.length - 1) * 1000) / elapsed : 0,
      meanDepth: recent.length > 0 ? sum(recent, (reading) => reading.depth) / recent.length : 0,
      budgetAsked: asked,
      budgetRealised: percent(
        sum(this.recent, (reading) => reading.run),
        sum(this.recent, (reading) => reading.full),
      ),
      over: this.recent.length,
    }
  }

  /** Of the whole answer; budgets in percent, times in milliseconds, null without tokens. */
  total(): {
    tokens: number
    meanDepth: number | null
    budgetRealised: number | null
    tokensPerSecond: number | null
    ttftMs: number | null
  } {
    const { count, depth, run, full } = this.all
    const elapsed = this.firstAt === null ? 0 : (this.recent.at(-1)?.at ?? this.firstAt) - this.firstAt
    return {
      tokens: count,
      meanDepth: count > 0 ? depth / count : null,
      budgetRealised: percent(run, full),
      tokensPerSecond: count > 1 && elapsed > 0 ? ((count - 1) * 1000) / elapsed : null,
      ttftMs: this.firstAt === null ? null : this.firstAt - this.startedAt,
    }
  }
}

function percent(run: number, full: number): number | null {
  return full > 0 ? (100 * run) / full : null
}
