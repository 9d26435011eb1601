import type { PreparedModel } from '../../prepare/prepare.ts'
import { DepthwiseError } from '../../common/errors.ts'
import type { Device, ProviderChoice } from '../../common/values.ts'
import type { OnCpu } from './cpu.ts'
import { loadOnCpu, threadsToBeginWith } from './cpu.ts'
import { LoadedGraphs } from '../graphs.ts'
import type { Verdict } from './tuning-store.ts'
import { recallProvider, rememberProvider } from './tuning-store.ts'
import { Trial } from './trial.ts'
import { SAFE_ROWS } from '../device/rows.ts'
import { mayHaveAdapter } from './vulkan.ts'

export interface Choice {
  graphs: LoadedGraphs
  device: Device
  /** Rows of a pass at most, on a device. */
  rows: number
}

/**
 * Loads a model on the provider asked for. `auto` takes WebGPU where there is an adapter and it is faster than the CPU
 * for this model, measured once; the reason says what was found.
 * @throws DepthwiseError PROVIDER_UNAVAILABLE where WebGPU was asked for by name and cannot be had
 */
export async function chooseProvider(model: PreparedModel, choice: ProviderChoice): Promise<Choice> {
  if (choice === 'cpu') return onCpu(await loadOnCpu(model), 'CPU: chosen by hand.')
  if (choice === 'webgpu') return onGpu(await loadOnGpu(model), 'WebGPU: chosen by hand.')

  if (!mayHaveAdapter())
    return onCpu(await loadOnCpu(model), 'CPU. WebGPU: no adapter found (no Vulkan driver is installed).')
  const known = recallProvider(model.folder)
  if (known?.provider === 'cpu') return onCpu(await loadOnCpu(model), known.reason)
  // first, while no graphs of the other provider take memory
  const cpu = known ? null : await loadOnCpu(model)
  // a driver that takes the process down with it is found here at the next start, and left alone
  if (!known) rememberProvider(model.folder, { provider: 'cpu', reason: 'CPU. WebGPU: it crashed when it was tried.' })
  let gpu: LoadedGraphs
  try {
    gpu = await loadOnGpu(model)
  } catch (error) {
    if (!(error instanceof DepthwiseError)) throw error
    const reason = `CPU. ${error.message}`
    rememberProvider(model.folder, { provider: 'cpu', reason })
    return onCpu(cpu ?? (await loadOnCpu(model)), reason)
  }
  if (!cpu) return onGpu(gpu, known!.reason)
  const verdict = await compare(model, gpu, cpu.graphs)
  rememberProvider(model.folder, verdict)
  await (verdict.provider === 'cpu' ? gpu : cpu.graphs).release()
  return verdict.provider === 'cpu' ? onCpu(cpu, verdict.reason) : onGpu(gpu, verdict.reason)
}

function loadOnGpu(model: PreparedModel): Promise<LoadedGraphs> {
  return LoadedGraphs.load(model, { provider: 'webgpu', threads: threadsToBeginWith(model) })
}

function onCpu({ graphs, threading, reason: measured }: OnCpu, reason: string): Choice {
  return {
    graphs,
    device: { provider: 'cpu', reason: `${reason} ${measured}`, threads: threading.threads },
    rows: Infinity,
  }
}

function onGpu(graphs: LoadedGraphs, reason: string): Choice {
  return { graphs, device: { provider: 'webgpu', reason, threads: 0 }, rows: SAFE_ROWS }
}

async function compare(model: PreparedModel, gpu: LoadedGraphs, cpu: LoadedGraphs): Promise<Verdict> {
  const [gpuMs, cpuMs] = [await new Trial(model, gpu).time(), await new Trial(model, cpu).time()]
  if (gpuMs === Infinity)
    return { provider: 'cpu', reason: 'CPU. WebGPU: an adapter was found, but it failed to compute.' }
  const figures = `${gpuMs.toFixed(1)} ms against ${cpuMs.toFixed(1)} ms a token`
  if (cpuMs < gpuMs) return { provider: 'cpu', reason: `CPU. WebGPU: slower here (${figures}).` }
  return { provider: 'webgpu', reason: `WebGPU: faster than the CPU here (${figures}).` }
}
