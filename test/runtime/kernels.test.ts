import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, it, vi } from 'vitest'
import type { Precision } from '../../models/common/values.ts'
import { prepare } from '../../models/prepare/prepare.ts'
import { sequenceOn } from '../../models/runtime/backend.ts'
import { admitAll, thresholdsOf } from '../../models/runtime/budget/thresholds.ts'
import { LoadedGraphs } from '../../models/runtime/graphs.ts'
import type { Sequence } from '../../models/runtime/sequence.ts'
import { mayHaveAdapter } from '../../models/runtime/tuning/vulkan.ts'
import { kernelsOf, tokenCost } from '../bench/gpu/kernels.ts'
import { residentOf } from '../bench/gpu/shapes.ts'
import { FIXTURES } from '../families/support.ts'
import { temporaryFolder } from '../models/support.ts'
import { admitNone } from './support.ts'

interface Event {
  cat: string
  name: string
  args: { shapes?: string; op_name?: string }
}

/** Models whose nodes are all those that published ones have. */
const MODELS = ['dense-llama-tied', 'dense-qwen2', 'dense-qwen3', 'elastic-tied', 'ouro', 'huginn-m4']

describe.skipIf(!mayHaveAdapter())('a token on a device', { timeout: 120_000 }, () => {
  it.each(MODELS)(
    'of %s runs the kernels that are counted, each with the buffers that every adapter has',
    async (name) => {
      const { config, model } = await prepared(name, 'int8')
      const profile = mkdtempSync(path.join(tmpdir(), 'depthwise-profile-'))
      const graphs = await LoadedGraphs.load(model, { provider: 'webgpu', threads: 1, profile })
      const sequence = sequenceOn(model.plan, graphs)
      await sequence.append([1], admitAll(model.plan.policy), 'last')
      graphs.endProfiling()
      await graphs.release()
      const { nodes, form } = (await residentOf(config))!
      for (const file of readdirSync(profile)) {
        const events = JSON.parse(readFileSync(path.join(profile, file), 'utf8')) as Event[]
        const graph = Object.keys(form.graphs).find((known) => file.startsWith(`${known}_`))!
        const runs = events.filter((event) => event.name === 'model_run').length
        const kernels = events.filter(({ cat }) => cat === 'Api')
        if (!(graph in nodes) || runs === 0 || graph.startsWith('probe')) continue
        for (const kernel of kernels) {
          expect(kernel.args.shapes!.match(/(in|out)puts\[/g)!.length, kernel.name).toBeLessThanOrEqual(8)
        }
        // exact products and their biases come together on the way to the device
        const merged = nodes[graph]!.filter(
          ({ opType }, i) => opType === 'MatMul' && nodes[graph]![i + 1]?.opType === 'Add',
        )
        const counted = nodes[graph]!.reduce((sum, node) => sum + kernelsOf(node), 0) - merged.length
        expect(kernels.length / runs, graph).toBe(counted)
      }
      rmSync(profile, { recursive: true })
    },
  )

  describe('moves', async () => {
    const { model, config } = await prepared('elastic-tied', 'fp32', afterAll)
    const { plan } = model
    const graphs = await LoadedGraphs.load(model, { provider: 'webgpu', threads: 1 })
    const sequence = sequenceOn(plan, graphs)
    afterAll(() => graphs.release())

    it.each([
      ['0', admitNone(plan.policy)],
      ['100', admitAll(plan.policy)],
    ])('at budget %s what is counted, and nothing back but logits', async (_, thresholds) => {
      // what every token needs is brought there with the first
      await sequence.append([1], thresholds, 'last')
      const { up, back } = await moved(sequence, graphs, thresholds)
      const { uploads } = tokenCost((await residentOf(config))!)
      expect(up.length).toBe(uploads)
      expect(back).toEqual([4 * plan.vocabSize])
    })

    it('scores back where they decide', async () => {
      const thresholds = thresholdsOf(plan.policy, 0.5)
      const { back } = await moved(sequence, graphs, thresholds)
      expect(back.length).toBeGreaterThan(1)
    })

    it('the same, however long the context', async () => {
      const thresholds = admitAll(plan.policy)
      const short = await moved(sequence, graphs, thresholds)
      await sequence.append([1, 2, 3, 4, 5, 6, 7, 8], thresholds, 'last')
      expect(await moved(sequence, graphs, thresholds)).toEqual(short)
    })
  })
})

async function prepared(name: string, precision: Precision, hook?: Parameters<typeof temporaryFolder>[0]) {
  const folder = path.join(FIXTURES, name)
  const config = JSON.parse(readFileSync(path.join(folder, 'config.json'), 'utf8')) as object
  return { config, model: await prepare(folder, temporaryFolder(hook), precision, undefined, { chat: false }) }
}

/** Bytes of every tensor that one more token takes to the device and brings back. */
async function moved(
  sequence: Sequence,
  graphs: LoadedGraphs,
  thresholds: readonly number[],
): Promise<{ up: number[]; back: number[] }> {
  const run = graphs.run.bind(graphs)
  const moved = { up: [] as number[], back: [] as number[] }
  const bytes = (tensors: object): number[] =>
    Object.entries(tensors as Record<string, { location: string; data: Float32Array }>).flatMap(([port, tensor]) =>
      tensor.location === 'cpu' && port !== 'total' ? [tensor.data.byteLength] : [],
    )
  const spy = vi.spyOn(graphs, 'run').mockImplementation(async (graph, feeds, fetches) => {
    const result = await run(graph, feeds, fetches)
    moved.up.push(...bytes(feeds))
    moved.back.push(...bytes(result))
    return result
  })
  await sequence.append([7], thresholds, 'last')
  spy.mockRestore()
  return moved
}
