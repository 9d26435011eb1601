import { availableParallelism } from 'node:os'
import type { Bench, Row } from './bench.ts'
import { interleaved, rowsOf } from './bench.ts'
import { SHAPES } from './models/shapes.ts'
import type { Quantised } from './ours.ts'
import { Ours, PRECISIONS, preparedMor } from './ours.ts'

const CONTEXT = 256
const MOST = 8

/** How many threads, and whether they spin while they wait: decode at full budget. */
export const threads: Bench = {
  title: 'Decode at budget 100 by threads, and by whether waiting threads keep their core busy',
  async run({ repeats, tokens }) {
    const rows: Row[] = []
    for (const shape of SHAPES) {
      for (const precision of Object.keys(PRECISIONS) as Quantised[]) {
        const model = await preparedMor(shape, precision)
        const loaded: Ours[] = []
        const contestants: Record<string, () => Promise<number>> = {}
        for (let count = 1; count <= Math.min(availableParallelism(), MOST); count++) {
          // a single thread waits for no other
          for (const spinning of count === 1 ? [false] : [false, true]) {
            const ours = await Ours.load(model, count, spinning)
            loaded.push(ours)
            const write = await ours.decoder(100, CONTEXT)
            contestants[`${count} thread${count > 1 ? (spinning ? 's, spinning' : 's, sleeping') : ''}`] = async () =>
              (await write(tokens)).ms
          }
        }
        const samples = await interleaved(contestants, repeats)
        rows.push(...rowsOf(samples, 'ms/token', '1 thread', `${shape.name}, ${precision}: `))
        for (const ours of loaded) await ours.release()
      }
    }
    return rows
  },
}
