import type { Provider } from '../../common/values.ts'
import type { PreparedModel } from '../../prepare/prepare.ts'
import type { LoadedGraphs } from '../graphs.ts'
import type { Speed } from './speed-trial.ts'
import { SpeedTrial } from './speed-trial.ts'
import type { Verdict } from './tuning-store.ts'

/**
 * The provider that computes on this platform's GPU. onnxruntime-node 1.30 brings WebGPU on every platform that it has
 * binaries for (Windows and Linux x64, Windows ARM64, macOS ARM64; through Direct3D 12, Vulkan and Metal), DirectML
 * besides on Windows, CoreML on macOS, and CUDA on Linux x64 where its libraries are installed. Only WebGPU has the
 * operators of the resident form (GroupQueryAttention over caches in place, MatMulNBits in 8 bits), so it is the one taken
 * everywhere; another provider would be named here, and have a form of its own in the plan.
 */
export const GPU: { provider: Exclude<Provider, 'cpu'>; name: string } = { provider: 'webgpu', name: 'WebGPU' }

/** Milliseconds of work in which a GPU's clocks may rise. */
const WARM_UP_MS = 800
/** How many times as long as the CPU a GPU may take for a token, clocks down, before nothing more is tried. */
const HOPELESS = 6
/** What a turn of a chat is made of, in tokens: what a person waits for, and what they watch. */
const [READ, WRITTEN] = [200, 100]

/** Which of the two writes a turn of a chat faster with this model, at full depth. */
export async function bestProvider(model: PreparedModel, gpu: LoadedGraphs, cpu: LoadedGraphs): Promise<Verdict> {
  const trials = { cpu: new SpeedTrial(model, cpu), gpu: new SpeedTrial(model, gpu) }
  try {
    const slow = await trials.cpu.speed(0)
    return verdict(await trials.gpu.speed(WARM_UP_MS, HOPELESS * slow.decode), slow)
  } finally {
    for (const trial of Object.values(trials)) trial.release()
  }
}

/** Figures in milliseconds a token; Infinity where something could not be computed, or not in time. */
export function verdict(gpu: Speed, cpu: Speed): Verdict {
  const { provider, name } = GPU
  if (gpu.decode === Infinity) {
    return { provider: 'cpu', reason: `CPU. ${name}: an adapter was found, but it failed to compute.` }
  }
  const both = (pick: keyof Speed, what: string): string | null =>
    Number.isFinite(gpu[pick]) ? `${figure(gpu[pick])} ms against ${figure(cpu[pick])} ms a token ${what}` : null
  const figures = [both('decode', 'written'), both('prefill', 'read')].filter((text) => text !== null).join(', ')
  const turn = ({ decode, prefill }: Speed): number => WRITTEN * decode + READ * prefill
  if (turn(gpu) < turn(cpu)) return { provider, reason: `${name}: faster than the CPU here (${figures}).` }
  return { provider: 'cpu', reason: `CPU. ${name}: slower here (${figures}).` }
}

const figure = (ms: number): string => (ms < 1 ? ms.toPrecision(2) : ms.toFixed(1))
