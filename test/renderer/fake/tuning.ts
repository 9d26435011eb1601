import type { CallParams } from '../../../electron/contract/calls.ts'
import type { TunedPoint, Tuning } from '../../../electron/contract/tuning.ts'

/** Along the slider, as a model that gains by depth has them. */
export const POINTS: readonly TunedPoint[] = [
  [0, 3.312, 96.1],
  [10, 3.241, 92.4],
  [20, 3.188, 88.9],
  [30, 3.147, 85.2],
  [40, 3.121, 81.9],
  [50, 3.103, 78.8],
  [60, 3.089, 76.1],
  [70, 3.08, 73.2],
  [80, 3.076, 70.9],
  [90, 3.073, 68.4],
  [100, 3.074, 66.2],
].map(([budget, loss, tokensPerSecond]) => ({
  budget: budget!,
  loss: loss!,
  tokensPerSecond: tokensPerSecond!,
  meanDepth: 1 + budget! / 50,
  tokens: 1536,
}))

const SOME_TIME_AGO = Date.UTC(2026, 2, 14, 9, 30)

/** Measurements as the host tells of them; a point comes whenever `step` says so. */
export class FakeTuning {
  private value: Tuning = { measuring: null, curve: null, failure: null }
  private readonly changed: (tuning: Tuning) => void

  constructor(changed: (tuning: Tuning) => void, measured = false) {
    this.changed = changed
    if (measured) this.value = { ...this.value, curve: this.curve(null, SOME_TIME_AGO) }
  }

  run(call: string, params: unknown): Tuning | null {
    if (call === 'tuning.start') {
      const { text } = params as CallParams<'tuning.start'>
      this.set({ measuring: { text: text?.name ?? null, progress: 0, paused: false, points: [] }, failure: null })
      return null
    }
    if (call === 'tuning.stop') this.set({ measuring: null })
    return call === 'tuning.read' ? this.value : null
  }

  /** So many points of the measurement under way; with all of them it ends. */
  step(count: number, paused = false): void {
    const { measuring } = this.value
    if (!measuring) return
    if (count < POINTS.length)
      this.set({
        measuring: { ...measuring, progress: count / POINTS.length, paused, points: POINTS.slice(0, count) },
      })
    else this.set({ measuring: null, curve: this.curve(measuring.text, Date.now()) })
  }

  fail(message: string): void {
    this.set({ measuring: null, failure: { code: 'BAD_ARGUMENT', message } })
  }

  private curve(text: string | null, at: number): NonNullable<Tuning['curve']> {
    return { device: 'cpu', precision: 'int8', text, at, points: [...POINTS] }
  }

  private set(part: Partial<Tuning>): void {
    this.value = { ...this.value, ...part }
    this.changed(this.value)
  }
}
