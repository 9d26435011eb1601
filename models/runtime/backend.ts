import type { Plan } from '../plan/plan.ts'
import { DeviceKvCache } from './device/device-kv-cache.ts'
import { DeviceRun } from './device/device-run.ts'
import { DeviceTensors } from './device/device-tensors.ts'
import { SAFE_ROWS } from './device/rows.ts'
import type { LoadedGraphs } from './graphs.ts'
import { HostKv } from './memory/host-kv.ts'
import { Batcher } from './passes/batcher.ts'
import { aloneOn } from './passes/alone.ts'
import type { Runner } from './passes/pass.ts'
import type { Backend } from './sequence.ts'
import { Sequence } from './sequence.ts'

/** Passes share runs where K/V lie on the host; on a device, whose runs write into the caches of one sequence, they take turns. */
export function backendOf(plan: Plan, graphs: LoadedGraphs, rows = SAFE_ROWS): Backend {
  return graphs.isResident ? onDevice(plan, graphs, rows) : onHost(plan, graphs, new Batcher(plan, graphs))
}

/** A sequence by itself, for a comparison or a trial. @param runner on the host; by default every pass runs alone */
export function sequenceOn(plan: Plan, graphs: LoadedGraphs, runner?: Runner): Sequence {
  const backend = graphs.isResident
    ? onDevice(plan, graphs, SAFE_ROWS)
    : onHost(plan, graphs, runner ?? aloneOn(graphs))
  return new Sequence(plan, backend)
}

function onHost(plan: Plan, graphs: LoadedGraphs, runner: Runner): Backend {
  return {
    kv: () => HostKv.empty(plan.caches),
    run: (pass) => runner.run(pass),
    release: () => graphs.release(),
  }
}

/** @param rows of a pass at most */
function onDevice(plan: Plan, graphs: LoadedGraphs, rows: number): Backend {
  const tensors = new DeviceTensors(graphs)
  const runner = new DeviceRun(plan, graphs, tensors)
  return {
    kv: () => new DeviceKvCache(plan, tensors, { rows }),
    run: (pass) => runner.run(pass),
    release: () => {
      tensors.release()
      return graphs.release()
    },
  }
}
