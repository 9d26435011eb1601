import type { TunedPoint } from '../../electron/contract/tuning.ts'
import { HARDLY_NATS } from '../../models/common/values.ts'

export interface Range {
  low: number
  high: number
}

/** A curve that moves by less than can be told from an answer looks level. */
const LEAST_NATS = 20 * HARDLY_NATS

export const lossOf = ({ loss }: TunedPoint): number => loss
export const speedOf = ({ tokensPerSecond }: TunedPoint): number => tokensPerSecond

/** What the axis of loss spans, in nats per token. */
export function lossRange(points: readonly TunedPoint[]): Range {
  const losses = points.map(lossOf)
  const [least, most] = [Math.min(...losses), Math.max(...losses)]
  const room = Math.max(LEAST_NATS - (most - least), 0.2 * (most - least)) / 2
  const low = Math.max(0, Math.floor((least - room) * 20) / 20)
  return { low, high: Math.max(Math.ceil((most + room) * 20) / 20, low + LEAST_NATS) }
}

/** The same, with what was measured well above the middle, where the slider has its track. */
export function lossRangeBehind(points: readonly TunedPoint[]): Range {
  const { low, high } = lossRange(points)
  return { low: low - 1.2 * (high - low), high }
}

/** What the axis of speed spans, from 0, in tokens per second. */
export function speedRange(points: readonly TunedPoint[]): Range {
  const most = Math.max(...points.map(speedOf)) * 1.05
  const unit = 10 ** Math.floor(Math.log10(most))
  const high = [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10].map((times) => times * unit).find((value) => value >= most)
  return { low: 0, high: high ?? most }
}

/** In a square of 100, from the upper left corner; budget goes to the right. */
export function place(point: TunedPoint, value: (point: TunedPoint) => number, { low, high }: Range): [number, number] {
  return [point.budget, 100 - (100 * (value(point) - low)) / (high - low)]
}

/** The line through all points, for a path; empty without any. */
export function lineOf(points: readonly TunedPoint[], value: (point: TunedPoint) => number, range: Range): string {
  return points
    .map((point, i) => {
      const [x, y] = place(point, value, range)
      return `${i === 0 ? 'M' : 'L'}${x} ${y.toFixed(2)}`
    })
    .join('')
}

/** What lies between the points on both sides of a budget; null outside of them. */
export function valueAt(
  points: readonly TunedPoint[],
  budget: number,
  value: (point: TunedPoint) => number,
): number | null {
  const above = points.find((point) => point.budget >= budget)
  const below = points.findLast((point) => point.budget <= budget)
  if (!above || !below) return null
  if (above === below) return value(above)
  const share = (budget - below.budget) / (above.budget - below.budget)
  return value(below) + share * (value(above) - value(below))
}

/** Of so many tokens at least the loss is told from the losses beside it. */
const ENOUGH_TOKENS = 100

/** The lowest budget whose loss cannot be told from the best; null without points, or with some of too few tokens. */
export function lowestAsGood(points: readonly TunedPoint[]): TunedPoint | null {
  if (points.some(({ tokens }) => tokens < ENOUGH_TOKENS)) return null
  const best = Math.min(...points.map(lossOf))
  return points.find(({ loss }) => loss - best <= HARDLY_NATS) ?? null
}
