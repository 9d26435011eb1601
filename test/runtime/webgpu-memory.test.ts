import path from 'node:path'
import type { Tensor } from 'onnxruntime-node'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { readAnswers } from '../../models/parity/answers.ts'
import { answer } from '../../models/parity/observe.ts'
import type { BudgetPolicy } from '../../models/plan/plan.ts'
import { admitAll, thresholdsOf, trainedThresholds } from '../../models/runtime/budget/thresholds.ts'
import { DepthwiseError } from '../../models/common/errors.ts'
import { Engine } from '../../models/runtime/engine.ts'
import { LoadedGraphs } from '../../models/runtime/graphs.ts'
import { PrefixCache } from '../../models/runtime/memory/prefix-cache.ts'
import { sequenceOn } from '../../models/runtime/backend.ts'
import type { Sequence } from '../../models/runtime/sequence.ts'
import { mayHaveAdapter } from '../../models/runtime/tuning/vulkan.ts'
import { concatenate } from '../../models/formats/floats.ts'
import { prepare } from '../../models/prepare/prepare.ts'
import { FIXTURES } from '../families/support.ts'
import { TINY, temporaryFolder } from '../models/support.ts'
import { admitNone, loadEngine, randomSource } from './support.ts'

const ALL = [-Infinity, -Infinity]
const NONE = [Infinity, Infinity]
const random = randomSource(21)
const IDS = Array.from({ length: 300 }, () => Math.floor(random() * 4000))
const ANSWERS = Object.entries(readAnswers(TINY)).flatMap(([call, { sequences }]) =>
  sequences.map((recorded) => ({ share: Number(call.replace('budget_', '')), ...recorded })),
)

describe.skipIf(!mayHaveAdapter())('K/V on a device', { timeout: 120_000 }, () => {
  let cpu: Engine
  let gpu: Engine

  beforeAll(async () => {
    cpu = await loadEngine('fp32')
    const request = { modelFolder: TINY, cacheFolder: temporaryFolder(afterAll), precision: 'fp32' } as const
    gpu = await Engine.load({ ...request, provider: 'webgpu' }, () => undefined)
  }, 120_000)

  afterAll(() => gpu.release())

  /** The same done with a sequence on the CPU and with one on the device gives the same logits. */
  async function alike(act: (sequence: Sequence) => Promise<Float32Array>): Promise<void> {
    const [expected, own] = [await act(cpu.sequence()), await act(onDevice())]
    expect(own).toHaveLength(expected.length)
    expect(largestError(own, expected)).toBeLessThan(1e-4)
  }

  function onDevice(): Sequence {
    const sequence = gpu.sequence()
    onTestFinished(() => {
      sequence.release()
    })
    return sequence
  }

  it.each(ANSWERS.filter(({ prompt: [text] }) => text === 'Do you like dogs?'))(
    'writes the recorded answer at share $share, token for token',
    async ({ share, prompt: [, prompt], generated, depths }) => {
      const { plan } = gpu.model
      const thresholds = (): number[] => thresholdsOf(plan.policy, share)
      const made = await answer({ plan, sequence: onDevice }, prompt, generated.length, { thresholds })
      expect(made).toMatchObject({ ids: generated, depths })
    },
  )

  it('reads as on the CPU where some rows are refused, in any pieces', async () => {
    const thresholds = thresholdsOf(gpu.model.plan.policy, 0.5)
    const depths: number[][] = []
    await alike(async (sequence) => {
      const whole = await sequence.append(IDS.slice(0, 40), thresholds, 'all')
      const one = await sequence.append(IDS.slice(40, 41), ALL, 'all')
      const few = await sequence.append(IDS.slice(41, 46), thresholds, 'all')
      depths.push([...whole.depths, ...few.depths])
      return concatenate([whole, one, few].map(({ logits }) => logits!))
    })
    expect(depths[1]).toEqual(depths[0])
    expect(new Set(depths[0])).toEqual(new Set([1, 2, 3]))
  })

  it('shows the state of the rows of every visit to an observer', async () => {
    const thresholds = thresholdsOf(gpu.model.plan.policy, 0.5)
    await alike(async (sequence) => {
      const states: number[] = []
      await sequence.append(IDS.slice(0, 20), thresholds, 'last', {
        observer: (_, rows, output) => states.push(...rows, ...(output('next_state') ?? [])),
      })
      return Float32Array.from(states)
    })
  })

  it('is shared by forks that go on each by itself, and rewound', async () => {
    await alike(async (sequence) => {
      await sequence.append(IDS.slice(0, 20), ALL, 'none')
      const fork = sequence.fork(12)
      const results = [
        await fork.append(IDS.slice(50, 53), ALL, 'last'),
        await sequence.append(IDS.slice(20, 22), ALL, 'last'),
        await fork.append(IDS.slice(53, 54), ALL, 'last'),
      ]
      fork.release()
      sequence.rewind(5)
      results.push(await sequence.append(IDS.slice(60, 63), ALL, 'last'))
      return concatenate(results.map(({ logits }) => logits!))
    })
  })

  it('goes on from what an earlier turn has read', async () => {
    await alike(async (sequence) => {
      const cache = new PrefixCache(1e9)
      await sequence.append(IDS.slice(0, 24), ALL, 'none')
      cache.keep(sequence)
      const taken = cache.take(IDS.slice(0, 30))!
      expect(taken.length).toBe(24)
      return (await taken.append(IDS.slice(24, 30), ALL, 'last')).logits!
    })
  })

  it('keeps the sequences of passes under way at once apart', async () => {
    const read = (engine: Engine, from: number): Promise<Float32Array> => {
      const sequence = engine === gpu ? onDevice() : engine.sequence()
      return sequence.append(IDS.slice(from, from + 8), ALL, 'last').then(({ logits }) => logits!)
    }
    const expected = [await read(cpu, 0), await read(cpu, 100)]
    const own = await Promise.all([read(gpu, 0), read(gpu, 100)])
    own.forEach((logits, i) => {
      expect(largestError(logits, expected[i]!)).toBeLessThan(1e-4)
    })
  })

  it('holds two tensors a layer, takes no more for every token, and frees them', async () => {
    const made: Tensor[] = []
    const run = gpu.graphs.run.bind(gpu.graphs)
    const spy = vi.spyOn(gpu.graphs, 'run').mockImplementation(async (graph, ...of) => {
      const result = await run(graph, ...of)
      // what is written in place comes back as another view of the same memory
      if (['allocate', 'grow', 'copy'].includes(graph)) made.push(...Object.values(result))
      return result
    })
    // a tensor that was disposed of is nowhere
    const caches = (): number =>
      made.filter(({ location, dims }) => location === 'gpu-buffer' && dims.length === 4).length
    const sequence = gpu.sequence()
    const tensors = 2 * Object.keys(gpu.model.plan.caches).length
    for (let i = 0; i < 4; i++) {
      await sequence.append(IDS.slice(i, i + 1), ALL, 'last')
      expect(caches()).toBe(tensors)
    }
    const fork = sequence.fork(4)
    expect(caches()).toBe(tensors)
    await fork.append(IDS.slice(0, 1), NONE, 'last')
    expect(caches()).toBe(2 * tensors)
    sequence.release()
    expect(caches()).toBe(tensors)
    const cache = new PrefixCache(0)
    cache.keep(fork)
    expect(caches()).toBe(0)
    spy.mockRestore()
  })

  it('is as before where a run fails', async () => {
    const sequence = onDevice()
    await sequence.append(IDS.slice(0, 10), ALL, 'none')
    const failure = new DepthwiseError('COMPUTE_FAILED', 'The device is gone.')
    const run = gpu.graphs.run.bind(gpu.graphs)
    const spy = vi.spyOn(gpu.graphs, 'run').mockImplementation((graph, ...of) => {
      return graph === 'leave' ? Promise.reject(failure) : run(graph, ...of)
    })
    await expect(sequence.append(IDS.slice(70, 75), ALL, 'last')).rejects.toBe(failure)
    spy.mockRestore()
    expect(sequence.length).toBe(10)
    const direct = await cpu.sequence().append(IDS.slice(0, 12), ALL, 'last')
    const { logits } = await sequence.append(IDS.slice(10, 12), ALL, 'last')
    expect(largestError(logits!, direct.logits!)).toBeLessThan(1e-4)
  })

  it.each(['dense-qwen2', 'dense-qwen3', 'mor-expert-auxloss-midcycle-kvshare', 'mode-integrated'])(
    'gives what the CPU gives of %s',
    async (fixture) => {
      await alikeOf(fixture, async (sequence, thresholds) => {
        await sequence.append([3, 1, 4, 1, 5], thresholds, 'none')
        return (await sequence.append([9, 2], thresholds, 'all')).logits!
      })
    },
  )

  it.each(['ouro', 'huginn-m4'])('shows of tokens of %s that leave early what they left last', async (fixture) => {
    await alikeOf(fixture, async (sequence, trained, policy) => {
      const results: Float32Array[] = []
      const read = async (ids: number[], thresholds: readonly number[]): Promise<void> => {
        results.push((await sequence.append(ids, thresholds, 'all')).logits!)
      }
      await read([3, 1, 4], admitNone(policy))
      await read([1, 5], admitAll(policy))
      await read([9, 2, 6], trained)
      await read([5], admitNone(policy))
      await read([3, 5], admitAll(policy))
      return concatenate(results)
    })
  })

  it('grows beyond its first room', async () => {
    await alikeOf('nanbeige', async (sequence) => {
      const results: Float32Array[] = []
      for (const [from, to] of [
        [0, 250],
        [250, 254],
        [254, 259],
        [259, 260],
      ]) {
        const ids = IDS.slice(from, to).map((id) => id % 32)
        results.push((await sequence.append(ids, [], 'last')).logits!)
      }
      return concatenate(results)
    })
  })
})

/** The same done with a recorded model on the CPU and on the device. */
async function alikeOf(
  fixture: string,
  act: (sequence: Sequence, trained: readonly number[], policy: BudgetPolicy) => Promise<Float32Array>,
): Promise<void> {
  const model = await prepare(path.join(FIXTURES, fixture), temporaryFolder(), 'fp32', undefined, { chat: false })
  const results: Float32Array[] = []
  for (const provider of ['cpu', 'webgpu'] as const) {
    const graphs = await LoadedGraphs.load(model, { provider, threads: 1 })
    expect(graphs.isResident).toBe(provider === 'webgpu')
    const sequence = sequenceOn(model.plan, graphs)
    const { policy } = model.plan
    results.push(await act(sequence, trainedThresholds(policy) ?? [], policy))
    sequence.release()
    await graphs.release()
  }
  expect(largestError(results[1]!, results[0]!)).toBeLessThan(1e-4)
}

function largestError(a: Float32Array, b: Float32Array): number {
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0)
}
