import { Batcher } from '../../models/runtime/passes/batcher.ts'
import { thresholdsOf } from '../../models/runtime/budget/thresholds.ts'
import { argmax } from '../../models/runtime/sampling/sampler.ts'
import { sequenceOn } from '../../models/runtime/backend.ts'
import type { Sequence } from '../../models/runtime/sequence.ts'
import type { Bench, Row } from './bench.ts'
import { interleaved, rowsOf } from './bench.ts'
import { tokenAt } from './llama/protocol.ts'
import { SHAPES } from './models/shapes.ts'
import { Ours, preparedMor } from './ours.ts'

/** Budgets, in percent, of answers that are written at once. */
const MIXED = [0, 40, 70, 100]
const CONTEXT = 64

/** Four answers at four budgets, side by side and one after the other, each behind a prompt that has been read. */
export const batching: Bench = {
  title:
    'Depth-wise batching: four answers at budgets 0, 40, 70 and 100, side by side and one after the other (one thread)',
  async run({ repeats, tokens }) {
    const rows: Row[] = []
    for (const shape of SHAPES) {
      for (const precision of ['int4', 'int8'] as const) {
        const ours = await Ours.load(await preparedMor(shape, precision), 1)
        const { plan } = ours.model
        const context = Array.from({ length: CONTEXT }, (_, i) => tokenAt(i, plan.vocabSize))
        const readers = async (runner?: Batcher): Promise<(() => Promise<void>)[]> => {
          const sequences = MIXED.map(() => sequenceOn(plan, ours.graphs, runner))
          for (const [i, sequence] of sequences.entries()) {
            await sequence.append(context, thresholdsOf(plan.policy, MIXED[i]! / 100), 'none')
          }
          return sequences.map((sequence, i) => () => write(sequence, thresholdsOf(plan.policy, MIXED[i]! / 100)))
        }
        const write = async (sequence: Sequence, thresholds: readonly number[]): Promise<void> => {
          for (let i = 0; i < tokens; i++) {
            const { logits } = await sequence.append([tokenAt(CONTEXT + i, plan.vocabSize)], thresholds, 'last')
            argmax(logits!)
          }
          sequence.rewind(CONTEXT)
        }
        const timed = async (work: () => Promise<unknown>): Promise<number> => {
          const start = performance.now()
          await work()
          return (performance.now() - start) / (tokens * MIXED.length)
        }
        const [alone, together] = [await readers(), await readers(new Batcher(plan, ours.graphs))]
        const times = await interleaved(
          {
            'one after the other': () =>
              timed(async () => {
                for (const answer of alone) await answer()
              }),
            'side by side': () => timed(() => Promise.all(together.map((answer) => answer()))),
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
