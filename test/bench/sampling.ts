import { Sampler } from '../../models/runtime/sampling/sampler.ts'
import type { Bench, Row } from './bench.ts'
import { interleaved, rowsOf } from './bench.ts'
import { RandomBits } from './models/random.ts'
import { SHAPES } from './models/shapes.ts'

const USUAL = { temperature: 0.8, topK: 0, topP: 1, minP: 0, repetitionPenalty: 1, maxTokens: 1, stop: [] }
const SETTINGS = {
  greedy: { ...USUAL, temperature: 0 },
  'temperature 0.8 alone': USUAL,
  'top-k 40': { ...USUAL, topK: 40 },
  'top-p 0.95': { ...USUAL, topP: 0.95 },
  'min-p 0.05, repetition penalty 1.1': { ...USUAL, minP: 0.05, repetitionPenalty: 1.1 },
  'temperature 0.5, top-p 0.9, penalty 1.1': { ...USUAL, temperature: 0.5, topP: 0.9, repetitionPenalty: 1.1 },
  'default (0.6, top-p 0.9, min-p 0.05, penalty 1.1)': {
    ...USUAL,
    temperature: 0.6,
    topP: 0.9,
    minP: 0.05,
    repetitionPenalty: 1.1,
  },
}

/** Tokens that the penalty counts: a conversation's. */
const SEEN = 500

/** What the choice of a token adds to its computation, by the size of the vocabulary. */
export const sampling: Bench = {
  title: 'Sampling of one token, which decode leaves out but for the greedy choice',
  async run({ repeats, tokens }) {
    const rows: Row[] = []
    for (const { vocabulary } of SHAPES) {
      for (const [kind, logits] of Object.entries(logitsOf(vocabulary))) {
        const contestants: Record<string, () => Promise<number>> = {}
        for (const [name, settings] of Object.entries(SETTINGS)) {
          const sampler = new Sampler(settings, 1, Array(SEEN).keys())
          contestants[name] = () => {
            const copies = Array.from({ length: tokens }, () => logits.slice())
            const start = performance.now()
            for (const copy of copies) sampler.next(copy)
            return Promise.resolve((performance.now() - start) / tokens)
          }
        }
        const prefix = `vocabulary ${vocabulary}, ${kind}: `
        rows.push(...rowsOf(await interleaved(contestants, repeats), 'ms/token', undefined, prefix))
      }
    }
    return rows
  },
}

/** `zipf`: peaked as a language model's, its ranks falling by a power law into a bell of unlikely tokens; `exponential`: without that bell. */
function logitsOf(vocabulary: number): Record<string, Float32Array> {
  const bits = new RandomBits(1)
  const uniform = (): number => (bits.next() + 1) / 2 ** 32
  const exponential = Float32Array.from({ length: vocabulary }, () => -2 * Math.log(uniform()))
  const zipf = Float32Array.from({ length: vocabulary }, () => {
    const normal = Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform())
    return 2.2 * normal - 2
  })
  for (let rank = 0; rank < 1000; rank++) {
    const id = bits.next() % vocabulary
    zipf[id] = Math.max(zipf[id]!, 17 - 1.7 * Math.log(rank + 1))
  }
  return { zipf, exponential }
}
