import { existsSync } from 'node:fs'
import path from 'node:path'
import type { Bench, Row } from './bench.ts'
import { interleaved, rowsOf } from './bench.ts'
import { hasLlama, Llama } from './llama/llama.ts'
import { BUILT_IN } from './models/files.ts'
import type { Quantised } from './ours.ts'
import { BUDGETS, Ours, preparedReal } from './ours.ts'

const CONTEXTS = [64, 1024] as const
/** Files of llama.cpp that ours are held against. */
const FILES = { int8: ['q8_0'], int4: ['q4_1', 'q4_0'] } as const

/**
 * Real models against llama.cpp on SmolLM2-135M-Instruct: the same model in this runtime, also of llama.cpp's own file, and the
 * built-in one over its budget. DEPTHWISE_SMOLLM2 names the folder that `models/training/smollm2.py` makes.
 */
export const real: Bench = {
  title:
    'Decode of real models: SmolLM2-135M-Instruct here and in llama.cpp, and the built-in model over its budget; one thread, and two',
  async run({ repeats, tokens }) {
    const folder = process.env.DEPTHWISE_SMOLLM2
    if (folder === undefined || !existsSync(path.join(folder, 'hf'))) {
      process.stderr.write('Without SmolLM2: set DEPTHWISE_SMOLLM2 to what models/training/smollm2.py made.\n')
      return []
    }
    const rows: Row[] = []
    for (const threads of [1, 2])
      for (const precision of ['int8', 'int4'] as const)
        rows.push(...(await measured(folder, { precision, threads }, repeats, tokens)))
    return rows
  },
}

interface Set {
  precision: Quantised
  threads: number
}

/** The folder, llama.cpp's own file and the built-in model here, against llama.cpp with as many threads. */
async function measured(folder: string, set: Set, repeats: number, tokens: number): Promise<Row[]> {
  const { precision, threads } = set
  const models = {
    smollm2: await preparedReal(path.join(folder, 'hf'), precision),
    builtIn: await preparedReal(BUILT_IN, precision),
    file: await preparedReal(path.join(folder, `smollm2-${FILES[precision].at(-1)!}.gguf`), precision),
  }
  const llamas: Record<string, Llama> = {}
  for (const type of hasLlama() ? FILES[precision] : []) {
    llamas[`llama.cpp, ${type.toUpperCase()}`] = await Llama.start(path.join(folder, `smollm2-${type}.gguf`), threads)
  }
  const isSpinning = threads > 1
  const [dense, file, own] = [
    await Ours.load(models.smollm2, threads, isSpinning),
    await Ours.load(models.file, threads, isSpinning),
    await Ours.load(models.builtIn, threads, isSpinning),
  ]
  const rows: Row[] = []
  for (const context of CONTEXTS) {
    const contestants: Record<string, () => Promise<number>> = {}
    for (const [name, llama] of Object.entries(llamas)) contestants[name] = () => llama.decode(context, tokens)
    const write = await dense.decoder(100, context)
    contestants['SmolLM2 here'] = async () => (await write(tokens)).ms
    const writeFile = await file.decoder(100, context)
    contestants[`the ${FILES[precision].at(-1)!.toUpperCase()} file here`] = async () => (await writeFile(tokens)).ms
    for (const budget of threads > 1 ? [0, 100] : BUDGETS) {
      const writeOwn = await own.decoder(budget, context)
      contestants[`built-in, budget ${budget}`] = async () => (await writeOwn(tokens)).ms
    }
    const prefix = `${precision}, ${threads === 1 ? 'one thread' : `${threads} threads`}, context ${context}: `
    rows.push(...rowsOf(await interleaved(contestants, repeats), 'ms/token', Object.keys(llamas).at(-1), prefix))
  }
  for (const llama of Object.values(llamas)) await llama.end()
  await dense.release()
  await file.release()
  await own.release()
  return rows
}
