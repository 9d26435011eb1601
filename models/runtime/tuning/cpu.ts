import { availableParallelism } from 'node:os'
import type { PreparedModel } from '../../prepare/prepare.ts'
import { LoadedGraphs, weightBytes } from '../graphs.ts'
import { canRemember, recallThreading, rememberThreading } from './tuning-store.ts'
import type { Measured, Threading } from './threads.ts'
import { fastestThreading } from './threads.ts'
import { SpeedTrial } from './speed-trial.ts'

/** Parameters from which a second thread may gain more than waking it costs, and so many threads at most to begin with. */
const [PARAMETERS_PER_THREAD, MOST_FIRST] = [20_000_000, 4]
/** Milliseconds to compare in, and how often a model may be loaded besides where the outcome is kept. */
const [COMPARE_MS, LOADS] = [1000, 3]
/** Weights that must find room for two sets of sessions: those of the second, and what both compute in. */
const ROOM = 2

export interface OnCpu {
  graphs: LoadedGraphs
  threading: Threading
  /** What the threads were chosen by. */
  reason: string
}

/** Loads a model on the CPU, with the threads that were found the fastest when it was first loaded on this machine. */
export async function loadOnCpu(model: PreparedModel): Promise<OnCpu> {
  const load = (threading: Threading): Promise<LoadedGraphs> =>
    LoadedGraphs.load(model, { provider: 'cpu', ...threading })
  const known = recallThreading(model.folder)
  if (known) return { graphs: await load(known.threading), threading: known.threading, reason: known.reason }
  if (process.availableMemory() < ROOM * weightBytes(model)) {
    const threading = { threads: threadsToBeginWith(model), spinning: false }
    return { graphs: await load(threading), threading, reason: 'Threads were not compared: too little memory is free.' }
  }
  const { loaded, threading, measured } = await fastestThreading({
    cores: availableParallelism(),
    first: threadsToBeginWith(model),
    budget: (loadMs) => COMPARE_MS + (canRemember(model.folder) ? LOADS * loadMs : 0),
    load: async (threading) => new SpeedTrial(model, await load(threading)),
    time: (trial) => trial.time(),
    release: ({ graphs }) => graphs.release(),
    now: () => performance.now(),
  })
  const ms = measured.find(
    ({ threads, spinning }) => threads === threading.threads && spinning === threading.spinning,
  )?.ms
  const found = { threading, reason: told(threading, measured), ...(Number.isFinite(ms) && { ms }) }
  // where there was no room or no time, there may be another day
  if (measured.length > 1) rememberThreading(model.folder, found)
  return { graphs: loaded.graphs, threading, reason: found.reason }
}

/** A guess that comparing begins with. */
export function threadsToBeginWith({ plan }: PreparedModel): number {
  const useful = 1 + Math.floor(plan.parameters / PARAMETERS_PER_THREAD)
  return Math.max(1, Math.min(useful, MOST_FIRST, availableParallelism() - 1))
}

/** "Chosen by measurement: 1 thread, 0.78 ms a token (2 threads 0.95 ms, 2 threads kept awake 0.91 ms)." */
function told(chosen: Threading, measured: readonly Measured[]): string {
  const figures = measured.filter(({ ms }) => Number.isFinite(ms))
  const isChosen = ({ threads, spinning }: Threading): boolean =>
    threads === chosen.threads && spinning === chosen.spinning
  const own = figures.find(isChosen)
  if (!own)
    return availableParallelism() === 1
      ? 'There is one core.'
      : 'Threads were not compared: a second set of sessions found no room or no time.'
  const others = figures.filter((one) => !isChosen(one)).map((one) => `${nameOf(one)} ${one.ms.toPrecision(2)} ms`)
  return `Chosen by measurement: ${nameOf(own)}, ${own.ms.toPrecision(2)} ms a token (${others.join(', ')}).`
}

const nameOf = ({ threads, spinning }: Threading): string =>
  `${threads} ${threads === 1 ? 'thread' : 'threads'}${spinning ? ' kept awake' : ''}`
