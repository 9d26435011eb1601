import { DeviceRun } from '../device/device-run.ts'
import type { LoadedGraphs } from '../graphs.ts'
import { JointRun } from './joint-run.ts'
import type { Runner } from './pass.ts'

/** Runs every pass by itself. */
export function aloneOn(graphs: LoadedGraphs): Runner {
  if (graphs.device) return new DeviceRun(graphs)
  const run = new JointRun(graphs)
  return {
    async run(pass) {
      for (let request = pass.pendingVisit(); request; request = pass.pendingVisit()) await run.of([request])
    },
  }
}
