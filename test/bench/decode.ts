import type { Bench, Row } from './bench.ts'
import { interleaved, rowsOf } from './bench.ts'
import { hasLlama, Llama } from './llama/llama.ts'
import { ggufOf } from './models/gguf.ts'
import type { Shape } from './models/shapes.ts'
import { SHAPES } from './models/shapes.ts'
import type { Quantised } from './ours.ts'
import { BUDGETS, Ours, PRECISIONS, preparedMor } from './ours.ts'

/** Tokens in the cache; both sides have room reserved for more. */
const CONTEXTS = [64, 1024] as const
const THREADS = [1, 2] as const

/** Time per token of an answer, against a dense model as deep as the full budget. */
export const decode: Bench = {
  title: 'Decode: a MoR over its budget, and llama.cpp with the dense model of the same unrolled shape',
  async run({ repeats, tokens }) {
    const rows: Row[] = []
    for (const shape of SHAPES) {
      for (const precision of Object.keys(PRECISIONS) as Quantised[]) {
        for (const threads of THREADS) rows.push(...(await measured(shape, precision, threads, repeats, tokens)))
      }
    }
    return rows
  },
}

async function measured(
  shape: Shape,
  precision: Quantised,
  threads: number,
  repeats: number,
  tokens: number,
): Promise<Row[]> {
  const ours = await Ours.load(await preparedMor(shape, precision), threads)
  const llama = hasLlama() ? await Llama.start(ggufOf(shape, PRECISIONS[precision]), threads) : null
  const rows: Row[] = []
  for (const context of CONTEXTS) {
    const contestants: Record<string, () => Promise<number>> = {}
    if (llama) contestants['llama.cpp'] = () => llama.decode(context, tokens)
    for (const budget of BUDGETS) {
      const write = await ours.decoder(budget, context)
      contestants[`budget ${budget}`] = async () => (await write(tokens)).ms
    }
    const prefix = `${shape.name}, ${precision}, ${threads} thread${threads > 1 ? 's' : ''}, context ${context}: `
    rows.push(...rowsOf(await interleaved(contestants, repeats), 'ms/token', 'llama.cpp', prefix))
  }
  await llama?.end()
  await ours.release()
  return rows
}
