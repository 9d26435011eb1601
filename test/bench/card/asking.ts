import path from 'node:path'
import { Engine } from '../../../models/runtime/engine.ts'
import type { Sampling } from '../../../models/common/values.ts'
import { benchFolder, BUILT_IN } from '../models/files.ts'

/** The built-in model in 8 bits on the CPU. */
export function loadBuiltIn(): Promise<Engine> {
  const cacheFolder = path.join(benchFolder(), 'prepared')
  return Engine.load({ modelFolder: BUILT_IN, cacheFolder, precision: 'int8', provider: 'cpu' }, () => undefined)
}

export interface Asked {
  text: string
  /** Whether the answer came to an end by itself. */
  ended: boolean
  /** Recursions a token, on average. */
  depth: number
}

/** @param seed null: greedily; else as the model's makers recommend */
export async function ask(engine: Engine, question: string, budget: number, seed: number | null): Promise<Asked> {
  const own = engine.model.plan.sampling
  const sampling: Sampling = { ...own, maxTokens: 400, ...(seed === null && { temperature: 0, repetitionPenalty: 1 }) }
  const generation = engine.generate([{ role: 'user', content: question }], sampling, seed ?? 0, budget)
  while (!(await generation.prefill()));
  let text = ''
  for (let token = await generation.next(); token; token = await generation.next()) text += token.text
  engine.keep(generation)
  const { meanDepth } = generation.summary()
  return { text: text.trim(), ended: generation.finishReason === 'end', depth: meanDepth ?? 0 }
}
