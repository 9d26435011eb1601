import { PREFILL_CHUNK } from '../../models/runtime/decoder.ts'
import type { Bench, Row } from './bench.ts'
import { interleaved, rowsOf } from './bench.ts'
import { ggufOf } from './models/gguf.ts'
import { hasLlama, Llama } from './llama/llama.ts'
import { SHAPES } from './models/shapes.ts'
import type { Quantised } from './ours.ts'
import { Ours, PRECISIONS, preparedMor } from './ours.ts'

const TOKENS = 512
const THREADS = [1, 2] as const
/** A prompt takes long: fewer rounds show as much. */
const ROUNDS = 3

/** Time per token of a prompt: in the chunks of the app, and all at once. */
export const prefill: Bench = {
  title: `Prefill of ${TOKENS} tokens, against llama.cpp with the dense model of the same unrolled shape`,
  async run({ repeats }) {
    const rows: Row[] = []
    for (const shape of SHAPES) {
      for (const precision of Object.keys(PRECISIONS) as Quantised[]) {
        for (const threads of THREADS) {
          const ours = await Ours.load(await preparedMor(shape, precision), threads)
          const llama = hasLlama() ? await Llama.start(ggufOf(shape, PRECISIONS[precision]), threads) : null
          const each = (ms: number): number => ms / TOKENS
          const contestants: Record<string, () => Promise<number>> = {}
          if (llama) contestants['llama.cpp'] = async () => each(await llama.prefill(TOKENS))
          for (const chunk of [PREFILL_CHUNK, TOKENS]) {
            for (const budget of [0, 100]) {
              contestants[`budget ${budget}, runs of ${chunk}`] = async () =>
                each(await ours.prefill(budget, TOKENS, chunk))
            }
          }
          const samples = await interleaved(contestants, Math.min(repeats, ROUNDS))
          const prefix = `${shape.name}, ${precision}, ${threads} thread${threads > 1 ? 's' : ''}: `
          rows.push(...rowsOf(samples, 'ms/token', 'llama.cpp', prefix))
          await llama?.end()
          await ours.release()
        }
      }
    }
    return rows
  },
}
