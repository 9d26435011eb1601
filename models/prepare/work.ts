import { readFileSync } from 'node:fs'
import path from 'node:path'
import type { Work } from '../graphs/work.ts'
import { workOf } from '../graphs/work.ts'
import type { PreparedModel } from './prepare.ts'

/** What one token costs a prepared model at full depth: the work of every visit. */
export function workOfToken({ folder, plan }: Pick<PreparedModel, 'folder' | 'plan'>): Work {
  const graphs = new Map<string, Work>()
  const total: Work = { bytes: 0, products: 0 }
  for (const { graph } of plan.visits) {
    const work = graphs.get(graph) ?? workOf(readFileSync(path.join(folder, plan.forms.host[graph]!.file)))
    graphs.set(graph, work)
    total.bytes += work.bytes
    total.products += work.products
  }
  return total
}
