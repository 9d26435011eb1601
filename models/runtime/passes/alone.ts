import type { LoadedGraphs } from '../graphs.ts'
import { JointRun } from './joint-run.ts'
import type { Runner } from './pass.ts'

/** Runs every pass by itself, with K/V in the memory of the host. */
export function aloneOn(graphs: LoadedGraphs): Runner {
  const run = new JointRun(graphs)
  return {
    async run(pass) {
      for (let request = pass.pendingVisit(); request; request = pass.pendingVisit()) await run.of([request])
    },
  }
}
