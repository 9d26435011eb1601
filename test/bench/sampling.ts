import { Sampler } from '../../electron/engine/sampling/sampler.ts'
import type { Bench, Row } from './bench.ts'
import { interleaved, rowsOf } from './bench.ts'
import { RandomBits } from './models/random.ts'
import { SHAPES } from './models/shapes.ts'

const USUAL = { temperature: 0.8, topK: 0, topP: 1, minP: 0, repetitionPenalty: 1, maxTokens: 1, stop: [] }
const SETTINGS = {
  greedy: { ...USUAL, temperature: 0 },
  'top-k 40': { ...USUAL, topK: 40 },
  'top-p 0.95': { ...USUAL, topP: 0.95 },
  'min-p 0.05, repetition penalty 1.1': { ...USUAL, minP: 0.05, repetitionPenalty: 1.1 },
}

/** What the choice of a token adds to its computation, by the size of the vocabulary. */
export const sampling: Bench = {
  title: 'Sampling of one token, which decode leaves out but for the greedy choice',
  async run({ repeats, tokens }) {
    const rows: Row[] = []
    for (const { vocabulary } of SHAPES) {
      const bits = new RandomBits(1)
      // few likely tokens among many unlikely ones, as of a model that has learnt something
      const logits = Float32Array.from({ length: vocabulary }, () => -2 * Math.log((bits.next() + 1) / 2 ** 32))
      const contestants: Record<string, () => Promise<number>> = {}
      for (const [name, settings] of Object.entries(SETTINGS)) {
        const sampler = new Sampler(settings, 1, [1, 2, 3])
        contestants[name] = () => {
          const copies = Array.from({ length: tokens }, () => logits.slice())
          const start = performance.now()
          for (const copy of copies) sampler.next(copy)
          return Promise.resolve((performance.now() - start) / tokens)
        }
      }
      rows.push(...rowsOf(await interleaved(contestants, repeats), 'ms/token', undefined, `vocabulary ${vocabulary}: `))
    }
    return rows
  },
}
