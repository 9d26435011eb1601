import { afterAll, describe, expect, it, onTestFinished } from 'vitest'
import { LoadedGraphs } from '../../models/runtime/graphs.ts'
import { sequenceOn } from '../../models/runtime/backend.ts'
import { mayHaveAdapter } from '../../models/runtime/tuning/vulkan.ts'
import { prepare } from '../../models/prepare/prepare.ts'
import { morOf } from '../bench/models/mor.ts'
import { temporaryFolder } from '../models/support.ts'

/** So many keys that a graph has a branch for runs which write none. */
const SHAPE = {
  name: 'test-many-keys',
  hidden: 512,
  inner: 64,
  heads: 8,
  kvHeads: 8,
  headDim: 64,
  blockLayers: 2,
  recursions: 3,
  vocabulary: 96,
  routerWidth: 8,
}
const IDS = Array.from({ length: 40 }, (_, i) => (37 * i) % SHAPE.vocabulary)
/** Some tokens stop at each depth. */
const SOME = [0, 0.4]

const model = await prepare(morOf(SHAPE), temporaryFolder(afterAll), 'fp32', undefined, { chat: false })

async function loaded(provider: 'cpu' | 'webgpu'): Promise<LoadedGraphs> {
  const graphs = await LoadedGraphs.load(model, { provider, threads: 1 })
  onTestFinished(() => graphs.release())
  return graphs
}

/** Logits of all tokens, read in pieces of a size, and how deep each went. */
async function read(graphs: LoadedGraphs, size: number): Promise<{ logits: number[]; depths: number[] }> {
  const sequence = sequenceOn(model.plan, graphs)
  const [logits, depths]: [number[], number[]] = [[], []]
  for (let i = 0; i < IDS.length; i += size) {
    const result = await sequence.append(IDS.slice(i, i + size), SOME, 'all')
    logits.push(...result.logits!)
    depths.push(...result.depths)
  }
  sequence.release()
  return { logits, depths }
}

function worst(a: readonly number[], b: readonly number[]): number {
  const scale = Math.max(...b.map(Math.abs))
  return Math.max(...a.map((value, i) => Math.abs(value - b[i]!))) / scale
}

describe('a graph with a branch for runs that write no keys', () => {
  it('is one', () => {
    expect(model.plan.forms.host.block!.inputs).toContain('writes')
  })

  it('reads tokens alike at once, in pieces and one by one', async () => {
    const graphs = await loaded('cpu')
    const whole = await read(graphs, IDS.length)
    expect(new Set(whole.depths)).toEqual(new Set([1, 2, 3]))
    for (const size of [1, 7]) {
      const pieces = await read(graphs, size)
      expect(pieces.depths).toEqual(whole.depths)
      expect(worst(pieces.logits, whole.logits)).toBeLessThan(1e-5)
    }
  })

  it.skipIf(!mayHaveAdapter())('reads them on a device as on the CPU', { timeout: 120_000 }, async () => {
    const [own, expected] = [await read(await loaded('webgpu'), 10), await read(await loaded('cpu'), 10)]
    expect(own.depths).toEqual(expected.depths)
    expect(worst(own.logits, expected.logits)).toBeLessThan(1e-4)
  })
})
