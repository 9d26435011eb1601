import type { Plan } from '../../plan/plan.ts'
import type { LoadedGraphs } from '../graphs.ts'
import type { Pass, Runner } from '../passes/pass.ts'
import { DevicePass } from './device-pass.ts'
import type { DeviceTensors } from './device-tensors.ts'

/** Runs passes whose K/V and registers stay on the device: what comes back is what decides about rows, and logits. */
export class DeviceRun implements Runner {
  private readonly plan: Plan
  private readonly graphs: LoadedGraphs
  private readonly tensors: DeviceTensors

  constructor(plan: Plan, graphs: LoadedGraphs, tensors: DeviceTensors) {
    this.plan = plan
    this.graphs = graphs
    this.tensors = tensors
  }

  /** @throws DepthwiseError COMPUTE_FAILED; rows of earlier passes are as before */
  async run(pass: Pass): Promise<void> {
    const own = new DevicePass(this.plan, this.graphs, this.tensors, pass)
    try {
      for (let pending = pass.pendingVisit(); pending; pending = pass.pendingVisit()) await own.visit(pending)
      await own.complete()
    } finally {
      own.release()
    }
  }
}
