import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Tensor } from 'onnxruntime-node'
import type { Plan } from '../../models/plan/plan.ts'
import { PORT } from '../../models/plan/ports.ts'
import { backendOf } from '../../models/runtime/backend.ts'
import { admitAll } from '../../models/runtime/budget/thresholds.ts'
import { rightRows } from '../../models/runtime/device/rows.ts'
import { LoadedGraphs } from '../../models/runtime/graphs.ts'
import { Sequence } from '../../models/runtime/sequence.ts'
import { loadOnCpu } from '../../models/runtime/tuning/cpu.ts'
import { mayHaveAdapter } from '../../models/runtime/tuning/vulkan.ts'
import type { Bench, Row } from './bench.ts'
import { row } from './bench.ts'
import { families } from './gpu/families.ts'
import { tokenCost } from './gpu/kernels.ts'
import { PUBLISHED } from './gpu/published.ts'
import { randomModel } from './gpu/random-model.ts'
import { residentOf } from './gpu/shapes.ts'

/** The two shapes that are timed, small first; all are counted. */
const TIMED = ['SmolLM2-135M', 'Ouro-1.4B'] as const
const [CONTEXT, PROMPT, TOKENS, WARM_UP_MS] = [64, 512, 32, 800]
/** Milliseconds a token from which on an adapter is a program, not a GPU, and nothing is timed. */
const SOFTWARE_MS = 500
/** Bytes of the tensor that is copied to find the device's bandwidth, and how often. */
const [COPIED, COPIES] = [1 << 28, 8]

/** Everything that a machine with a GPU can tell, in one go; what is counted holds without one. */
export const gpu: Bench = {
  title:
    'WebGPU: what a token costs at published sizes; with an adapter, every family against the CPU, and two published shapes of random weights (4 bits) against the CPU and the bandwidth floor',
  async run() {
    const rows = await counted()
    if (!mayHaveAdapter()) {
      process.stderr.write('Nothing was timed on a GPU: no Vulkan driver is installed.\n')
      return rows
    }
    rows.push(...(await families()))
    for (const name of TIMED) {
      const timed = await shape(name)
      rows.push(...timed)
      if (timed.length === 0) break
    }
    return rows
  },
}

async function counted(): Promise<Row[]> {
  const rows: Row[] = []
  for (const [name, config] of Object.entries(PUBLISHED)) {
    const model = await residentOf(config)
    if (!model) continue
    const cost = tokenCost(model)
    const figures: [keyof typeof cost, string][] = [
      ['kernels', 'kernels/token'],
      ['kernelsPerLayer', 'kernels/layer'],
      ['uploads', 'uploads/token'],
      ['readbacks', 'readbacks/token'],
      ['bytes', 'bytes moved/token'],
    ]
    for (const [figure, unit] of figures) rows.push(row(`${name}, full depth, counted`, unit, [cost[figure]]))
  }
  return rows
}

/** @returns none where the adapter is a program */
async function shape(name: string): Promise<Row[]> {
  const random = await randomModel(name, PUBLISHED[name]!, 'int4')
  const { model } = random
  const graphs = await LoadedGraphs.load(model, { provider: 'webgpu', threads: 1 })
  const chunk = await rightRows(model.plan, graphs)
  const device = await timings(model.plan, graphs, chunk, true)
  const rows: Row[] = []
  if (device) {
    const floor = random.bytesPerToken / (await bandwidth(graphs)) / 1e6
    await graphs.release()
    const cpu = (await timings(model.plan, (await loadOnCpu(model)).graphs, 64, false))!
    rows.push(row(`${name}, 4 bits: rows a run`, 'rows', [chunk]))
    rows.push(row(`${name}, 4 bits: bandwidth floor, full depth`, 'ms/token', [floor]))
    for (const [what, ms] of Object.entries(device)) {
      const against = `${(cpu[what]! / ms).toFixed(2)} × CPU${what === 'decode, budget 100' ? `, ${((100 * floor) / ms).toFixed(0)} % of the floor` : ''}`
      rows.push(row(`${name}, 4 bits: ${what}`, 'ms/token', [ms], against))
    }
    rows.push(...(await kernelTimes(name, random.model)))
  } else {
    await graphs.release()
    process.stderr.write(`Nothing was timed on the GPU: a token of ${name} takes more than ${SOFTWARE_MS} ms.\n`)
  }
  random.release()
  return rows
}

/** Milliseconds a token; null where it takes too long. */
async function timings(
  plan: Plan,
  graphs: LoadedGraphs,
  chunk: number,
  careful: boolean,
): Promise<Record<string, number> | null> {
  const backend = backendOf(plan, graphs, chunk)
  const all = admitAll(plan.policy)
  const budgets = all.length > 0 ? { 'budget 0': all.map(() => Infinity), 'budget 100': all } : { 'budget 100': all }
  const result: Record<string, number> = {}
  for (const [budget, thresholds] of Object.entries(budgets)) {
    const sequence = new Sequence(plan, backend)
    const token = async (): Promise<number> => {
      const start = performance.now()
      await sequence.append([1], thresholds, 'last')
      return performance.now() - start
    }
    await token()
    if (careful && (await token()) > SOFTWARE_MS) return null
    sequence.rewind(0)
    for (let read = 0; read < CONTEXT; read += 16) await sequence.append(Array<number>(16).fill(1), thresholds, 'last')
    for (const end = performance.now() + WARM_UP_MS; performance.now() < end;) await token()
    sequence.rewind(CONTEXT)
    const start = performance.now()
    for (let i = 0; i < TOKENS; i++) await token()
    result[`decode, ${budget}`] = (performance.now() - start) / TOKENS
    let best = Infinity
    for (let turn = 0; turn < 2; turn++) {
      sequence.rewind(0)
      const begun = performance.now()
      for (let read = 0; read < PROMPT; read += chunk) {
        const ids = Array<number>(Math.min(chunk, PROMPT - read)).fill(1)
        await sequence.append(ids, thresholds, read + chunk >= PROMPT ? 'last' : 'none')
      }
      best = Math.min(best, (performance.now() - begun) / PROMPT)
    }
    result[`prefill of ${PROMPT}, ${budget}`] = best
    sequence.release()
  }
  return result
}

/** Gigabytes a second: of copying a large tensor, read and written. */
async function bandwidth(graphs: LoadedGraphs): Promise<number> {
  const shape = new Tensor('int64', BigInt64Array.of(1n, 1n, 1n, BigInt(COPIED / 4)), [4])
  const allocate = async (): Promise<Tensor> =>
    (await graphs.run('allocate', { [PORT.shape]: shape }, { [PORT.taken]: null }))[PORT.taken]!
  // into the same tensor again and again: a new one would be cleared first
  const [from, to] = [await allocate(), await allocate()]
  const small = new Tensor('float32', new Float32Array(1), [1, 1])
  const copies = async (count: number): Promise<number> => {
    const start = performance.now()
    for (let i = 0; i < count; i++) await graphs.run('copy', { [PORT.state]: from }, { [PORT.taken]: to })
    // what comes back has waited for all of it
    await graphs.run('readout', { [PORT.state]: small }, { [PORT.taken]: null })
    return performance.now() - start
  }
  await copies(1)
  const ms = await copies(COPIES)
  from.dispose()
  to.dispose()
  return (2 * COPIED * COPIES) / ms / 1e6
}

/** The kernels that take longest, by ONNX Runtime's profile. */
async function kernelTimes(name: string, model: Parameters<typeof LoadedGraphs.load>[0]): Promise<Row[]> {
  const profile = mkdtempSync(path.join(tmpdir(), 'depthwise-profile-'))
  const graphs = await LoadedGraphs.load(model, { provider: 'webgpu', threads: 1, profile })
  const sequence = new Sequence(model.plan, backendOf(model.plan, graphs))
  for (let i = 0; i < TOKENS; i++) await sequence.append([1], admitAll(model.plan.policy), 'last')
  graphs.endProfiling()
  await graphs.release()
  const total = new Map<string, number>()
  for (const file of readdirSync(profile)) {
    const events = JSON.parse(readFileSync(path.join(profile, file), 'utf8')) as {
      cat: string
      name: string
      dur: number
    }[]
    for (const { cat, name: kernel, dur } of events) {
      if (cat !== 'Api') continue
      const program = kernel.split('&').slice(1).join(' ')
      total.set(program, (total.get(program) ?? 0) + dur)
    }
  }
  rmSync(profile, { recursive: true })
  const longest = [...total].toSorted(([, a], [, b]) => b - a).slice(0, 8)
  return longest.map(([kernel, us]) => row(`${name}, 4 bits: ${kernel}`, 'µs/token', [us / TOKENS]))
}
