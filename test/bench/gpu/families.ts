import { readdirSync } from 'node:fs'
import path from 'node:path'
import { prepare } from '../../../models/prepare/prepare.ts'
import { sequenceOn } from '../../../models/runtime/backend.ts'
import { admitAll, trainedThresholds } from '../../../models/runtime/budget/thresholds.ts'
import { LoadedGraphs } from '../../../models/runtime/graphs.ts'
import type { Row } from '../bench.ts'
import { row } from '../bench.ts'
import { benchFolder } from '../models/files.ts'

const FIXTURES = path.resolve('test/fixtures')
const IDS = [3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8]

/** Every recorded family whose K/V stay on the device, in float32 there and on the CPU: the largest difference of a logit. */
export async function families(): Promise<Row[]> {
  const rows: Row[] = []
  const folders = readdirSync(FIXTURES, { withFileTypes: true }).filter((entry) => entry.isDirectory())
  for (const { name } of folders) {
    const prepared = path.join(benchFolder(), 'fixtures')
    const model = await prepare(path.join(FIXTURES, name), prepared, 'fp32', undefined, { chat: false })
    if (!model.plan.forms.resident) continue
    const { policy } = model.plan
    const all = admitAll(policy)
    const ways = [all, all.map(() => Infinity), trainedThresholds(policy) ?? all.map(() => 0)]
    const logits: number[][] = []
    for (const provider of ['cpu', 'webgpu'] as const) {
      const graphs = await LoadedGraphs.load(model, { provider, threads: 1 })
      const own: number[] = []
      for (const thresholds of ways) {
        const sequence = sequenceOn(model.plan, graphs)
        own.push(...(await sequence.append(IDS.slice(0, 7), thresholds, 'all')).logits!)
        for (const id of IDS.slice(7)) own.push(...(await sequence.append([id], thresholds, 'last')).logits!)
        sequence.release()
      }
      await graphs.release()
      logits.push(own)
    }
    const [cpu, gpu] = logits as [number[], number[]]
    const error = cpu.reduce((most, value, i) => Math.max(most, Math.abs(value - gpu[i]!)), 0)
    rows.push(row(`${name}, float32, against the CPU`, 'largest error', [error], error < 1e-4 ? 'right' : 'WRONG'))
  }
  return rows
}
