import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { thresholdsOf } from '../../models/runtime/budget/thresholds.ts'
import { LoadedGraphs } from '../../models/runtime/graphs.ts'
import { sequenceOn } from '../../models/runtime/backend.ts'
import type { PreparedModel } from '../../models/prepare/prepare.ts'
import { prepare } from '../../models/prepare/prepare.ts'
import type { Bench } from './bench.ts'
import { interleaved, rowsOf } from './bench.ts'
import { TINY } from './models/files.ts'
import { writeUnrolled } from './unrolled-model.ts'

const PROMPT = 32
const TOKENS = 96

/** Decode of the small model at several budgets against one plain graph of it, unrolled to full depth. */
export const unrolled: Bench = {
  title: 'Decode against one plain ONNX graph of the unrolled model (int8, one thread)',
  async run({ repeats }) {
    const folder = mkdtempSync(path.join(tmpdir(), 'depthwise-bench-'))
    try {
      writeUnrolled(TINY, path.join(folder, 'plain'))
      const plain = await prepare(path.join(folder, 'plain'), path.join(folder, 'cache'), 'int8')
      const elastic = await prepare(TINY, path.join(folder, 'cache'), 'int8')
      const contestants: Record<string, () => Promise<number>> = { 'one plain graph': await contestant(plain, 1) }
      for (const budget of [0, 25, 50, 75, 100])
        contestants[`budget ${budget}`] = await contestant(elastic, budget / 100)
      return rowsOf(await interleaved(contestants, repeats), 'ms/token', 'one plain graph')
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  },
}

/** @returns a run that gives milliseconds a token */
async function contestant(model: PreparedModel, share: number): Promise<() => Promise<number>> {
  const graphs = await LoadedGraphs.load(model, { provider: 'cpu', threads: 1 })
  const thresholds = thresholdsOf(model.plan.policy, share)
  const ids = Array.from({ length: PROMPT + TOKENS }, (_, i) => 100 + ((i * 7919) % 3000))
  return async () => {
    const sequence = sequenceOn(model.plan, graphs)
    await sequence.append(ids.slice(0, PROMPT), thresholds, 'last')
    const start = performance.now()
    for (const id of ids.slice(PROMPT)) await sequence.append([id], thresholds, 'last')
    return (performance.now() - start) / TOKENS
  }
}
