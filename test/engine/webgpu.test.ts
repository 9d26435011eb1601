import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { replayAnswer } from '../../electron/cli/parity/replay.ts'
import type { RecordedAnswer } from '../../electron/cli/parity/recording.ts'
import { Engine } from '../../electron/engine/engine.ts'
import { mayHaveAdapter, vulkanDrivers } from '../../electron/engine/vulkan.ts'
import { BUILT_IN, temporaryFolder } from '../models/support.ts'

const answers = JSON.parse(readFileSync(path.join(BUILT_IN, 'reference_answers.json'), 'utf8')) as RecordedAnswer[]

describe.skipIf(!mayHaveAdapter())('WebGPU', () => {
  it('writes the recorded greedy answers in fp32, token for token', { timeout: 240_000 }, async () => {
    const engine = await Engine.load(
      { modelFolder: BUILT_IN, cacheFolder: temporaryFolder(), precision: 'fp32', provider: 'webgpu' },
      () => undefined,
    )
    expect(engine.device.provider).toBe('webgpu')
    for (const answer of answers.filter(({ generated_ids }) => generated_ids.length < 15).slice(0, 2)) {
      expect(await replayAnswer(engine, answer)).toEqual({ ids: answer.generated_ids, depths: answer.depths })
    }
    await engine.release()
  })
})

it('is taken by auto only where it is faster, which is measured once', { timeout: 240_000 }, async () => {
  const request = {
    modelFolder: BUILT_IN,
    cacheFolder: temporaryFolder(),
    precision: 'int8',
    provider: 'auto',
  } as const
  const first = await Engine.load(request, () => undefined)
  await first.release()
  const second = await Engine.load(request, () => undefined)
  await second.release()
  expect(second.device).toEqual(first.device)
  const reasons = { cpu: /slower here|no adapter found/, webgpu: /faster than the CPU/ }
  expect(first.device.reason).toMatch(reasons[first.device.provider])
})

it('looks for Vulkan drivers where the loader does', () => {
  const empty = temporaryFolder()
  const folders = {
    XDG_CONFIG_HOME: empty,
    XDG_CONFIG_DIRS: empty,
    XDG_DATA_HOME: empty,
    XDG_DATA_DIRS: path.join(empty, 'share'),
  }
  const before = vulkanDrivers(folders)
  const icd = path.join(empty, 'share/vulkan/icd.d')
  mkdirSync(icd, { recursive: true })
  writeFileSync(path.join(icd, 'card.json'), '{}')
  expect(vulkanDrivers(folders)).toEqual([...before, path.join(icd, 'card.json')])
  expect(vulkanDrivers({ ...folders, VK_ICD_FILENAMES: '/some/icd.json' })).toEqual(['/some/icd.json'])
})
