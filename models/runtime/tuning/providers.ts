import { DepthwiseError } from '../../common/errors.ts'
import type { Device, ProviderChoice } from '../../common/values.ts'
import type { PreparedModel } from '../../prepare/prepare.ts'
import { rightRows } from '../device/rows.ts'
import { LoadedGraphs } from '../graphs.ts'
import type { OnCpu } from './cpu.ts'
import { loadOnCpu, threadsToBeginWith } from './cpu.ts'
import { beginAttempt, endAttempt, endedBadly } from './attempt.ts'
import { bestProvider, GPU } from './gpu.ts'
import type { Verdict } from './tuning-store.ts'
import { recallProvider, rememberProvider } from './tuning-store.ts'
import { mayHaveAdapter } from './vulkan.ts'

export interface Choice {
  graphs: LoadedGraphs
  device: Device
  /** Rows of a pass at most, on a device. */
  rows: number
}

/**
 * Loads a model on the provider asked for. `auto` takes the platform's GPU provider where there is an adapter and it is
 * faster than the CPU for this model, measured once; the reason says what was found. A GPU that was chosen by hand and
 * cannot be had gives way to the CPU, and the reason says why.
 */
export async function chooseProvider(model: PreparedModel, choice: ProviderChoice): Promise<Choice> {
  if (choice === 'cpu') return onCpu(await loadOnCpu(model), 'CPU: chosen by hand.')
  const refused = refusal(model)
  if (refused !== null) return onCpu(await loadOnCpu(model), refused)
  beginAttempt(model.folder)
  try {
    return await (choice === 'auto' ? measured(model) : byHand(model))
  } finally {
    endAttempt(model.folder)
  }
}

/** Why no GPU is tried; null where one is. */
function refusal({ folder }: PreparedModel): string | null {
  if (!mayHaveAdapter()) return `CPU. ${GPU.name}: no adapter found (no Vulkan driver is installed).`
  if (endedBadly(folder)) return `CPU. ${GPU.name}: it took the engine down with it when it was tried.`
  return null
}

async function byHand(model: PreparedModel): Promise<Choice> {
  const gpu = await loadOnGpu(model, false)
  return gpu instanceof DepthwiseError
    ? onCpu(await loadOnCpu(model), `CPU, though ${GPU.name} was chosen by hand. ${gpu.message}`)
    : onGpu(model, gpu, `${GPU.name}: chosen by hand.`)
}

async function measured(model: PreparedModel): Promise<Choice> {
  const known = recallProvider(model.folder)
  if (known?.provider === 'cpu') return onCpu(await loadOnCpu(model), known.reason)
  // first, while no graphs of the other provider take memory
  const cpu = known ? null : await loadOnCpu(model)
  const gpu = await loadOnGpu(model, known !== null)
  if (gpu instanceof DepthwiseError) {
    const reason = `CPU. ${gpu.message}`
    rememberProvider(model.folder, { provider: 'cpu', reason })
    return onCpu(cpu ?? (await loadOnCpu(model)), reason)
  }
  if (!cpu) return onGpu(model, gpu, known!.reason)
  const verdict: Verdict = await bestProvider(model, gpu, cpu.graphs)
  rememberProvider(model.folder, verdict)
  await (verdict.provider === 'cpu' ? gpu : cpu.graphs).release()
  return verdict.provider === 'cpu' ? onCpu(cpu, verdict.reason) : onGpu(model, gpu, verdict.reason)
}

/** @param proven the model has passed its trial here before: calls need not be checked any more */
async function loadOnGpu(model: PreparedModel, proven: boolean): Promise<LoadedGraphs | DepthwiseError> {
  try {
    const threads = threadsToBeginWith(model)
    return await LoadedGraphs.load(model, { provider: GPU.provider, threads, validation: !proven })
  } catch (error) {
    if (error instanceof DepthwiseError) return error
    throw error
  }
}

function onCpu({ graphs, threading, reason: measured }: OnCpu, reason: string): Choice {
  const device: Device = { provider: 'cpu', reason: `${reason} ${measured}`, threads: threading.threads }
  return { graphs, device, rows: Infinity }
}

async function onGpu(model: PreparedModel, graphs: LoadedGraphs, reason: string): Promise<Choice> {
  const rows = await rightRows(model.plan, graphs)
  return { graphs, device: { provider: GPU.provider, reason, threads: 0 }, rows }
}
