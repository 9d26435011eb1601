import { spawnSync } from 'node:child_process'
import { readdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { Tensor } from 'onnxruntime-node'
import { describe, expect, it, vi } from 'vitest'
import { prepare } from '../../models/prepare/prepare.ts'
import { rightRows, SAFE_ROWS } from '../../models/runtime/device/rows.ts'
import { LoadedGraphs } from '../../models/runtime/graphs.ts'
import { beginAttempt, endAttempt, endedBadly } from '../../models/runtime/tuning/attempt.ts'
import { verdict } from '../../models/runtime/tuning/gpu.ts'
import { machine } from '../../models/runtime/tuning/machine.ts'
import { chooseProvider } from '../../models/runtime/tuning/providers.ts'
import { mayHaveAdapter } from '../../models/runtime/tuning/vulkan.ts'
import { FIXTURES } from '../families/support.ts'
import { TINY, temporaryFolder } from '../models/support.ts'

const tied = (): ReturnType<typeof prepare> =>
  prepare(path.join(FIXTURES, 'elastic-tied'), temporaryFolder(), 'fp32', undefined, { chat: false })

describe('the verdict of auto', () => {
  const cpu = { decode: 10, prefill: 2 }

  it('goes by a whole turn, and names what a person feels', () => {
    expect(verdict({ decode: 12, prefill: 0.4 }, cpu)).toEqual({
      provider: 'webgpu',
      reason:
        'WebGPU: faster than the CPU here (12.0 ms against 10.0 ms a token written, 0.40 ms against 2.0 ms a token read).',
    })
    expect(verdict({ decode: 14, prefill: 1.9 }, cpu)).toMatchObject({ provider: 'cpu', reason: /slower here/ })
  })

  it('takes the CPU where the GPU was given up, or cannot compute', () => {
    expect(verdict({ decode: 70, prefill: Infinity }, cpu)).toEqual({
      provider: 'cpu',
      reason: 'CPU. WebGPU: slower here (70.0 ms against 10.0 ms a token written).',
    })
    expect(verdict({ decode: Infinity, prefill: Infinity }, cpu).reason).toMatch(/failed to compute/)
  })
})

describe('an attempt to load a GPU', () => {
  it('counts as a crash when it has twice not come to an end, but not once', () => {
    const folder = temporaryFolder()
    beginAttempt(folder)
    expect(endedBadly(folder)).toBe(false)
    beginAttempt(folder)
    expect(endedBadly(folder)).toBe(true)
    endAttempt(folder)
    expect(endedBadly(folder)).toBe(false)
    expect(readdirSync(folder)).toEqual([])
  })

  it('counts anew with another driver', () => {
    const folder = temporaryFolder()
    writeFileSync(path.join(folder, 'gpu-attempt.json'), JSON.stringify({ machine: 'another driver', count: 9 }))
    expect(endedBadly(folder)).toBe(false)
  })

  it('is none where the process was asked to end', () => {
    const folder = temporaryFolder()
    const script = `import { beginAttempt } from ${JSON.stringify(path.resolve('models/runtime/tuning/attempt.ts'))}
      beginAttempt(${JSON.stringify(folder)}); beginAttempt(${JSON.stringify(folder)}); process.exit(0)`
    spawnSync(process.execPath, ['--input-type=module', '-e', script])
    expect(readdirSync(folder)).toEqual([])
  })

  it('is not made again where it was a crash, also if asked for by name; the CPU answers', async () => {
    if (!mayHaveAdapter()) return
    const model = await tied()
    beginAttempt(model.folder)
    beginAttempt(model.folder)
    for (const choice of ['auto', 'webgpu'] as const) {
      const { device, graphs } = await chooseProvider(model, choice)
      expect(device).toMatchObject({ provider: 'cpu', reason: /^CPU. WebGPU: it took the engine down with it/ })
      await graphs.release()
    }
  })
})

it(
  'gives way to the CPU, in words, where a GPU that was asked for cannot be had, at every start',
  { timeout: 120_000 },
  () => {
    const cache = temporaryFolder()
    const env = { ...process.env, DEPTHWISE_CACHE: cache, VK_ICD_FILENAMES: path.join(cache, 'none.json') }
    const words = [
      'models/cli/ask.ts',
      'Hello',
      '--model',
      TINY,
      '--provider',
      'webgpu',
      '--max-tokens',
      '3',
      '--seed',
      '1',
    ]
    const outcomes = [1, 2].map(() => spawnSync(process.execPath, words, { env, encoding: 'utf8' }))
    for (const { status, stdout, stderr } of outcomes) {
      expect(status).toBe(0)
      expect(stdout.trim()).not.toBe('')
      expect(stderr).toMatch(/CPU, though WebGPU was chosen by hand\. WebGPU: no adapter found\./)
    }
    const files = readdirSync(cache, { recursive: true, encoding: 'utf8' })
    expect(files.filter((file) => file.endsWith('gpu-attempt.json'))).toEqual([])
  },
)

describe('rows of a pass', () => {
  it('are few on a device that attends wrongly to many', async () => {
    if (!/swiftshader/.test(process.env.VK_ICD_FILENAMES ?? '')) return
    const model = await tied()
    const graphs = await LoadedGraphs.load(model, { provider: 'webgpu', threads: 1 })
    expect(await rightRows(model.plan, graphs)).toBe(SAFE_ROWS)
    await graphs.release()
  })

  it.each([
    ['of a recorded model', null],
    ['of Ouro-1.4B', { kvHeads: 16, headDim: 128 }],
    ['of Huginn-0125', { kvHeads: 55, headDim: 96 }],
  ])('are many where the same comes of them at once as in pieces, in a cache %s', async (_, shape) => {
    const { caches } = shape ? { caches: { published: shape } } : (await tied()).plan
    const run = ((_: string, { rows }: Record<string, Tensor>) => {
      const [, count, width] = rows!.dims as [number, number, number]
      const taken = new Tensor('float32', (rows!.data as Float32Array).slice(0, (count * width) / 3), [
        1,
        count,
        width / 3,
      ])
      return Promise.resolve({ taken, 'present_key.0': taken, 'present_value.0': taken })
    }) as unknown as LoadedGraphs['run']
    const right = { isResident: true, run: once(run) } as unknown as LoadedGraphs
    expect(await rightRows({ caches }, right)).toBe(512)
  })
})

/** The same for a row wherever it comes. */
function once(run: LoadedGraphs['run']): LoadedGraphs['run'] {
  return async (graph, feeds, fetches) => {
    const { rows } = feeds
    const ones = new Tensor('float32', new Float32Array(rows!.size).fill(1), [...rows!.dims])
    return run(graph, { ...feeds, rows: ones }, fetches)
  }
}

it('is another machine where a driver is another version', () => {
  const driver = path.join(temporaryFolder(), 'icd.json')
  vi.stubEnv('VK_ICD_FILENAMES', driver)
  const names = ['1.3.280', '1.4.312'].map((version) => {
    writeFileSync(driver, JSON.stringify({ ICD: { api_version: version } }))
    return machine()
  })
  vi.unstubAllEnvs()
  expect(names[0]).not.toBe(names[1])
})
