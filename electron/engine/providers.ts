import { availableParallelism } from 'node:os'
import type { PreparedModel } from '../../models/prepare/prepare.ts'
import { DepthwiseError } from '../contract/errors.ts'
import type { Device, Provider, ProviderChoice } from '../contract/values.ts'
import { LoadedGraphs } from './graphs.ts'
import { Sequence } from './sequence.ts'
import { hasVulkanDriver } from './vulkan.ts'

/** Parameters from which a second thread gains more than waking it costs. */
const PARAMETERS_PER_THREAD = 20_000_000
const MAX_THREADS = 4
/** Tokens read to compare providers, after one that warms up. */
const TRIAL_TOKENS = 3

interface Choice {
  graphs: LoadedGraphs
  device: Device
}

/**
 * Loads a model on the provider asked for. `auto` takes WebGPU where there is an adapter and it is faster than the CPU
 * for this model, measured; the reason says what was found.
 * @throws DepthwiseError PROVIDER_UNAVAILABLE where WebGPU was asked for by name and cannot be had
 */
export async function chooseProvider(model: PreparedModel, choice: ProviderChoice): Promise<Choice> {
  const threads = threadsFor(model)
  const load = (provider: Provider): Promise<LoadedGraphs> => LoadedGraphs.load(model, { provider, threads })
  const on = (provider: Provider, graphs: LoadedGraphs, reason: string): Choice => ({
    graphs,
    device: { provider, reason, threads: provider === 'cpu' ? threads : 0 },
  })
  if (choice === 'cpu') return on('cpu', await load('cpu'), 'CPU: chosen by hand.')
  if (choice === 'webgpu') return on('webgpu', await load('webgpu'), 'WebGPU: chosen by hand.')

  if (!hasVulkanDriver())
    return on('cpu', await load('cpu'), 'CPU. WebGPU: no adapter found (no Vulkan driver is installed).')
  let gpu: LoadedGraphs
  try {
    gpu = await load('webgpu')
  } catch (error) {
    if (!(error instanceof DepthwiseError)) throw error
    return on('cpu', await load('cpu'), `CPU. ${error.message}`)
  }
  const cpu = await load('cpu')
  const [gpuMs, cpuMs] = [await trial(model, gpu), await trial(model, cpu)]
  if (gpuMs === null) {
    await gpu.release()
    return on('cpu', cpu, 'CPU. WebGPU: an adapter was found, but it failed to compute.')
  }
  const figures = `${gpuMs.toFixed(1)} ms against ${(cpuMs ?? 0).toFixed(1)} ms a token`
  if (cpuMs !== null && cpuMs < gpuMs) {
    await gpu.release()
    return on('cpu', cpu, `CPU. WebGPU: slower here (${figures}).`)
  }
  await cpu.release()
  return on('webgpu', gpu, `WebGPU: faster than the CPU here (${figures}).`)
}

function threadsFor(model: PreparedModel): number {
  const useful = 1 + Math.floor(model.plan.parameters / PARAMETERS_PER_THREAD)
  return Math.max(1, Math.min(useful, MAX_THREADS, availableParallelism() - 1))
}

/** Milliseconds a token at full depth, or null where it cannot compute. */
async function trial(model: PreparedModel, graphs: LoadedGraphs): Promise<number | null> {
  const everyone = model.plan.calibration[0]?.thresholds.map(() => -Infinity) ?? []
  const sequence = new Sequence(model.plan, graphs)
  try {
    await sequence.append([0], everyone, 'last')
    const start = performance.now()
    for (let i = 0; i < TRIAL_TOKENS; i++) await sequence.append([0], everyone, 'last')
    return (performance.now() - start) / TRIAL_TOKENS
  } catch (error) {
    if (error instanceof DepthwiseError) return null
    throw error
  }
}
