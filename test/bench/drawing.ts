import type { Bench } from './bench.ts'
import { median, row } from './bench.ts'
import { drawing } from './window/drawing.ts'

/** The issue's: renderer and compositor together, while as many tokens a second arrive. */
const [TOKENS_PER_SECOND, GOAL] = [100, 8]
const SECONDS = 12

/** What the window takes from the model while an answer streams, drawn in software. */
export const window: Bench = {
  title: `The window while ${TOKENS_PER_SECOND} tokens a second arrive, drawn in software: percent of one CPU, second by second.`,
  async run() {
    const cost = await drawing(TOKENS_PER_SECOND, SECONDS)
    if (!cost) return []
    const both = cost.renderer.map((share, second) => share + cost.compositor[second]!)
    const rows = Object.entries(cost).map(([process, shares]) => row(process, '% of a CPU', shares as number[]))
    return [...rows, { ...row('both', '% of a CPU', both), against: `${(median(both) / GOAL).toFixed(2)} × the goal` }]
  },
}
