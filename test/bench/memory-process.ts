import { statSync } from 'node:fs'
import path from 'node:path'
import { Engine } from '../../models/runtime/engine.ts'
import { CONSTANTS_FILE, WEIGHTS_FILE } from '../../models/plan/layout.ts'
import type { PreparedModel } from '../../models/prepare/prepare.ts'
import { benchFolder, BUILT_IN } from './models/files.ts'
import { SHAPES } from './models/shapes.ts'
import type { Quantised } from './ours.ts'
import { Ours, preparedMor, preparedReal } from './ours.ts'

/** What the process prints about itself, in bytes. */
export type Resident = { resident: number; weights: number; kv: number; kvPerToken: number }
export interface Long {
  /** Resident behind every answer. */
  resident: number[]
  tokens: number
}

/** Tokens read before resident memory is looked at. */
const CONTEXT = 1024
const WRITTEN = 32

/** `resident NAME PRECISION`: a model of a shape, or the built-in one, behind a context. `long FOLDER TOKENS`: a model over many answers. */
const [what, name, extent] = process.argv.slice(2)
const found = await (what === 'long' ? long(name!, Number(extent)) : resident(name!, extent!))
process.stdout.write(JSON.stringify(found))
process.exit(0)

async function resident(name: string, precision: string): Promise<Resident> {
  const shape = SHAPES.find((one) => one.name === name)
  const model = await (shape
    ? preparedMor(shape, precision as Quantised)
    : preparedReal(BUILT_IN, precision as Quantised))
  const ours = await Ours.load(model, 1)
  const sequence = await ours.sequence(100, CONTEXT, WRITTEN)
  return {
    resident: process.memoryUsage.rss(),
    weights: weightBytes(ours.model),
    kv: sequence.kv.bytes,
    kvPerToken: sequence.kv.bytes / sequence.length,
  }
}

/** One answer after the other, as long as the context lets it be; none is kept for a next turn. */
async function long(modelFolder: string, tokens: number): Promise<Long> {
  const cacheFolder = path.join(benchFolder(), 'prepared')
  const engine = await Engine.load({ modelFolder, cacheFolder, precision: 'int8', provider: 'cpu' }, () => 0)
  const { sampling, contextLength } = engine.model.plan
  const found: number[] = []
  let written = 0
  for (let seed = 1; written < tokens; seed++) {
    const turns = [{ role: 'user', content: `Tell me story number ${seed}` }] as const
    const generation = engine.generate(turns, { ...sampling, maxTokens: contextLength }, seed, 50)
    while (!(await generation.prefill()));
    while (written < tokens && (await generation.next())) written++
    found.push(process.memoryUsage.rss())
  }
  return { resident: found, tokens: written }
}

function weightBytes({ folder }: PreparedModel): number {
  return [WEIGHTS_FILE, CONSTANTS_FILE].reduce((sum, file) => sum + statSync(path.join(folder, file)).size, 0)
}
