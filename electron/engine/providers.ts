import { availableParallelism } from 'node:os'
import type { PreparedModel } from '../../models/prepare/prepare.ts'
import { DepthwiseError } from '../contract/errors.ts'
import { thresholdCount } from './budget/thresholds.ts'
import type { Device, Provider, ProviderChoice } from '../contract/values.ts'
import { LoadedGraphs } from './graphs.ts'
import { recallDevice, rememberDevice } from './provider-memory.ts'
import { Sequence } from './sequence.ts'
import { mayHaveAdapter } from './vulkan.ts'

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
 * for this model, measured once; the reason says what was found.
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

  if (!mayHaveAdapter())
    return on('cpu', await load('cpu'), 'CPU. WebGPU: no adapter found (no Vulkan driver is installed).')
  const known = recallDevice(model.folder)
  if (known?.provider === 'cpu') return { graphs: await load('cpu'), device: known }
  // a driver that takes the process down with it is found here at the next start, and left alone
  if (!known)
    rememberDevice(model.folder, { provider: 'cpu', threads, reason: 'CPU. WebGPU: it crashed when it was tried.' })
  let gpu: LoadedGraphs
  try {
    gpu = await load('webgpu')
  } catch (error) {
    if (!(error instanceof DepthwiseError)) throw error
    const chosen = on('cpu', await load('cpu'), `CPU. ${error.message}`)
    rememberDevice(model.folder, chosen.device)
    return chosen
  }
  if (known) return { graphs: gpu, device: known }
  const cpu = await load('cpu')
  const comparison = await compare(model, gpu, cpu)
  const chosen =
    comparison.provider === 'cpu' ? on('cpu', cpu, comparison.reason) : on('webgpu', gpu, comparison.reason)
  await (chosen.graphs === cpu ? gpu : cpu).release()
  rememberDevice(model.folder, chosen.device)
  return chosen
}

async function compare(
  model: PreparedModel,
  gpu: LoadedGraphs,
  cpu: LoadedGraphs,
): Promise<{ provider: Provider; reason: string }> {
  const [gpuMs, cpuMs] = [await trial(model, gpu), await trial(model, cpu)]
  if (gpuMs === null) return { provider: 'cpu', reason: 'CPU. WebGPU: an adapter was found, but it failed to compute.' }
  const figures = `${gpuMs.toFixed(1)} ms against ${(cpuMs ?? 0).toFixed(1)} ms a token`
  if (cpuMs !== null && cpuMs < gpuMs) return { provider: 'cpu', reason: `CPU. WebGPU: slower here (${figures}).` }
  return { provider: 'webgpu', reason: `WebGPU: faster than the CPU here (${figures}).` }
}

function threadsFor(model: PreparedModel): number {
  const useful = 1 + Math.floor(model.plan.parameters / PARAMETERS_PER_THREAD)
  return Math.max(1, Math.min(useful, MAX_THREADS, availableParallelism() - 1))
}

/** Milliseconds a token at full depth, or null where it cannot compute. */
async function trial(model: PreparedModel, graphs: LoadedGraphs): Promise<number | null> {
  const everyone = Array<number>(thresholdCount(model.plan.pace)).fill(-Infinity)
  const sequence = new Sequence(model.plan, graphs)
  try {
    await sequence.append([0], everyone, 'last')
    const start = performance.now()
    for (let i = 0; i < TRIAL_TOKENS; i++) await sequence.append([0], everyone, 'last')
    return (performance.now() - start) / TRIAL_TOKENS
  } catch (error) {
    if (error instanceof DepthwiseError) return null
    throw error
  } finally {
    sequence.release()
  }
}
