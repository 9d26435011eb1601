import { basename } from 'node:path'
import { DepthwiseError } from '../../models/common/errors.ts'
import { mayHaveAdapter, vulkanDrivers } from '../../models/runtime/tuning/vulkan.ts'
import type { PreparedModel } from '../../models/prepare/prepare.ts'
import type { Bench, Row } from './bench.ts'
import { interleaved, row, rowsOf } from './bench.ts'
import { SMALL } from './models/shapes.ts'
import { Ours, preparedMor } from './ours.ts'

const PRECISION = 'int8'
const CONTEXTS = [64, 512] as const
const MOVED_AT = CONTEXTS[1]
const PROMPT = 124
/** As in one run on a device: what differs is then where K/V lie. */
const CHUNK = 31
/** A software adapter takes a hundred times longer than a CPU: fewer rounds of fewer tokens show as much. */
const ROUNDS = 3
const TOKENS = 8

const UPLOADED = 'K/V uploaded'

/** What it is worth that K/V stay on the device. */
export const webgpu: Bench = {
  title: 'WebGPU: K/V on the device, K/V uploaded for every run, and the CPU (one thread), at full budget',
  async run({ repeats, tokens }) {
    const model = await preparedMor(SMALL, PRECISION)
    const own = await loaded(model)
    if (typeof own === 'string') {
      process.stderr.write(`WebGPU was not measured: ${own}\n`)
      return []
    }
    const hosted = { ...model, plan: { ...model.plan, forms: { host: model.plan.forms.host } } }
    const contestants = {
      [UPLOADED]: await Ours.onWebGpu(hosted),
      'K/V on the device': own,
      CPU: await Ours.load(model, 1),
    }
    const each = <T>(make: (ours: Ours) => T): Record<string, T> =>
      Object.fromEntries(Object.entries(contestants).map(([name, ours]) => [name, make(ours)]))

    const rounds = Math.min(repeats, ROUNDS)
    const prefix = `${SMALL.name}, ${PRECISION}, ${adapter()}: `
    const prefill = each((ours) => async () => (await ours.prefill(100, PROMPT, CHUNK)) / PROMPT)
    const rows: Row[] = rowsOf(await interleaved(prefill, rounds), 'ms/token', UPLOADED, `${prefix}prefill, `)
    for (const context of CONTEXTS) {
      const writers = await Promise.all(Object.values(contestants).map((ours) => ours.decoder(100, context)))
      const decode = Object.fromEntries(
        Object.keys(contestants).map((name, i) => [name, async () => (await writers[i]!(Math.min(tokens, TOKENS))).ms]),
      )
      rows.push(...rowsOf(await interleaved(decode, rounds), 'ms/token', UPLOADED, `${prefix}context ${context}, `))
    }
    for (const [name, ours] of Object.entries(contestants)) {
      if (name !== 'CPU')
        rows.push(row(`${prefix}context ${MOVED_AT}, ${name}, moved`, 'KiB/token', [await moved(ours)]))
      await ours.release()
    }
    return rows
  },
}

/** KiB that go to the device and come back for one token at full depth, which no adapter changes. */
async function moved(ours: Ours): Promise<number> {
  const { graphs } = ours
  const write = await ours.decoder(100, MOVED_AT)
  // the first token may make room for many
  await write(1)
  const run = graphs.run.bind(graphs)
  let bytes = 0
  graphs.run = async (graph, feeds, outputs) => {
    const result = await run(graph, feeds, outputs)
    for (const tensor of [...Object.values(feeds), ...Object.values(result)]) {
      if (tensor.location === 'cpu') bytes += (tensor.data as Float32Array).byteLength
    }
    return result
  }
  await write(1)
  graphs.run = run
  return bytes / 1024
}

/** Or why it cannot be. */
async function loaded(model: PreparedModel): Promise<Ours | string> {
  if (!mayHaveAdapter()) return 'no Vulkan driver is installed.'
  try {
    return await Ours.onWebGpu(model)
  } catch (error) {
    if (error instanceof DepthwiseError) return error.message
    throw error
  }
}

/** The runtime does not name its adapter; the driver's file does. */
function adapter(): string {
  return (
    vulkanDrivers()
      .map((file) => basename(file, '.json'))
      .join(' or ') || 'the default adapter'
  )
}
