import { depthStep } from '../text/depth.ts'
import type { Subject } from './subject.ts'

/** The chart counts in tokens across and in hundredths of its height. */
export const WINDOW = 96

/** Bars stand in the lower part, the line runs above them, or everywhere where there are none. */
const BARS = 58
const LINE = { above: { low: 34, high: 7 }, alone: { low: 92, high: 14 } }

export interface Strip {
  /** One path of bars for each step of the colour scale that occurs. */
  bars: { step: number; path: string }[]
  speed: string
  /** Where the budget changed. */
  changes: number[]
}

/** The last tokens as SVG paths: a bar as high as each token's depth, a line for the speed. */
export function drawStrip({ depths, speeds, changes }: Subject, maxDepth: number): Strip {
  const start = Math.max(0, depths.length - WINDOW)
  const paths = new Map<number, string>()
  for (let token = start; token < depths.length; token++) {
    const depth = depths[token]!
    const step = depthStep(depth, maxDepth)
    const height = Math.round((BARS * depth) / Math.max(1, maxDepth))
    paths.set(step, `${paths.get(step) ?? ''}M${token - start} 100v-${height}h.72v${height}z`)
  }
  return {
    bars: [...paths].map(([step, path]) => ({ step, path })),
    speed: drawLine(speeds.slice(start), LINE.above),
    changes: changes.map(({ token }) => token - start).filter((x) => x > 0 && x < WINDOW),
  }
}

/** The same of a model whose tokens all take one depth. */
export function drawSpeed({ depths, speeds }: Subject): Strip {
  return { bars: [], speed: drawLine(speeds.slice(Math.max(0, depths.length - WINDOW)), LINE.alone), changes: [] }
}

function drawLine(speeds: readonly number[], { low, high }: { low: number; high: number }): string {
  const top = Math.max(...speeds, 0)
  const line = speeds.map((speed, x) => `${x + 0.36} ${(low - (low - high) * (top > 0 ? speed / top : 0)).toFixed(1)}`)
  return line.length > 1 ? `M${line.join('L')}` : ''
}
