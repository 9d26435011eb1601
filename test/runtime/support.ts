import { afterAll } from 'vitest'
import type { Precision, Sampling } from '../../models/common/values.ts'
import type { BudgetPolicy } from '../../models/plan/plan.ts'
import { admitAll } from '../../models/runtime/budget/thresholds.ts'
import { Engine } from '../../models/runtime/engine.ts'
import { TINY, temporaryFolder } from '../models/support.ts'

export const GREEDY: Sampling = {
  temperature: 0,
  topK: 0,
  topP: 1,
  minP: 0,
  repetitionPenalty: 1,
  maxTokens: 40,
  stop: [],
}

/** An engine on the CPU for the tests of one file. */
export async function loadEngine(precision: Precision, modelFolder = TINY): Promise<Engine> {
  const cacheFolder = temporaryFolder(afterAll)
  const engine = await Engine.load({ modelFolder, cacheFolder, precision, provider: 'cpu' }, () => undefined)
  afterAll(() => engine.release())
  return engine
}

/** A small random generator for tests, so that failures repeat. */
export function randomSource(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
}

/** The thresholds that admit no row. */
export function admitNone(policy: BudgetPolicy): number[] {
  return admitAll(policy).map(() => Infinity)
}
