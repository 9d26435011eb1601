import { depthStep } from '../text/depth.ts'
import type { Subject } from './subject.ts'

/** The chart counts in tokens across and in hundredths of its height. */
export const WINDOW = 96

/** Bars stand in the lower part, the line runs above them. */
const BARS = 58

export interface Strip {
  /** One path of bars for each step of the colour scale that occurs. */
  bars: { step: number; path: string }[]
  speed: string
  topSpeed: number
  /** Where the budget changed. */
  changes: number[]
}

/** The last tokens as SVG paths: a bar as high as each token's depth, a line for the speed. */
export function drawStrip({ depths, speeds, changes }: Subject, maxDepth: number): Strip {
  const start = Math.max(0, depths.length - WINDOW)
  const paths = new Map<number, string>()
  let topSpeed = 0
  for (let token = start; token < depths.length; token++) {
    const depth = depths[token]!
    const step = depthStep(depth, maxDepth)
    const height = Math.round((BARS * depth) / Math.max(1, maxDepth))
    paths.set(step, `${paths.get(step) ?? ''}M${token - start} 100v-${height}h.72v${height}z`)
    topSpeed = Math.max(topSpeed, speeds[token] ?? 0)
  }
  const line = speeds
    .slice(start)
    .map((speed, x) => `${x + 0.36} ${(34 - 27 * (topSpeed > 0 ? speed / topSpeed : 0)).toFixed(1)}`)
  return {
    bars: [...paths].map(([step, path]) => ({ step, path })),
    speed: line.length > 1 ? `M${line.join('L')}` : '',
    topSpeed,
    changes: changes.map(({ token }) => token - start).filter((x) => x > 0 && x < WINDOW),
  }
}
