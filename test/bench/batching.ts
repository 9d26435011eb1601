import { Batcher } from '../../electron/engine/passes/batcher.ts'
import { thresholdsOf } from '../../electron/engine/budget/thresholds.ts'
import { argmax } from '../../electron/engine/sampling/sampler.ts'
import { Sequence } from '../../electron/engine/sequence.ts'
import type { Bench, Row } from './bench.ts'
import { interleaved, rowsOf } from './bench.ts'
import { tokenAt } from './llama/protocol.ts'
import { SHAPES } from './models/shapes.ts'
import { Ours, preparedMor } from './ours.ts'

/** Budgets, in percent, of answers that are written at once. */
const MIXED = [0, 40, 70, 100]
const CONTEXT = 64

/** Four answers at four budgets, side by side and one after the other. */
export const batching: Bench = {
  title:
    'Depth-wise batching: four answers at budgets 0, 40, 70 and 100, side by side and one after the other (one thread)',
  async run({ repeats, tokens }) {
    const rows: Row[] = []
    for (const shape of SHAPES) {
      for (const precision of ['int4', 'int8'] as const) {
        const ours = await Ours.load(await preparedMor(shape, precision), 1)
        const { plan } = ours.model
        const answer = async (sequence: Sequence, budget: number): Promise<void> => {
          const thresholds = thresholdsOf(plan.pace, budget / 100)
          const context = Array.from({ length: CONTEXT }, (_, i) => tokenAt(i, plan.vocabSize))
          await sequence.append(context, thresholds, 'none')
          for (let i = 0; i < tokens; i++) {
            const { logits } = await sequence.append([tokenAt(CONTEXT + i, plan.vocabSize)], thresholds, 'last')
            argmax(logits!)
          }
        }
        const timed = async (work: () => Promise<unknown>): Promise<number> => {
          const start = performance.now()
          await work()
          return (performance.now() - start) / (tokens * MIXED.length)
        }
        const times = await interleaved(
          {
            'one after the other': () =>
              timed(async () => {
                for (const budget of MIXED) await answer(new Sequence(plan, ours.graphs), budget)
              }),
            'side by side': () =>
              timed(async () => {
                const batcher = new Batcher(plan, ours.graphs)
                await Promise.all(MIXED.map((budget) => answer(new Sequence(plan, ours.graphs, batcher), budget)))
              }),
          },
          repeats,
        )
        rows.push(...rowsOf(times, 'ms/token', 'one after the other', `${shape.name}, ${precision}: `))
        await ours.release()
      }
    }
    return rows
  },
}
