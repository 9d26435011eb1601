import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { replayAnswer } from '../../electron/cli/parity/replay.ts'
import type { RecordedAnswer } from '../../electron/cli/parity/recording.ts'
import { Engine } from '../../electron/engine/engine.ts'
import { hasVulkanDriver } from '../../electron/engine/vulkan.ts'
import { BUILT_IN, temporaryFolder } from '../models/support.ts'

const answers = JSON.parse(readFileSync(path.join(BUILT_IN, 'reference_answers.json'), 'utf8')) as RecordedAnswer[]

describe.skipIf(!hasVulkanDriver())('WebGPU', () => {
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

it('knows where Vulkan drivers would be', () => {
  const empty = temporaryFolder()
  const nowhere = { XDG_CONFIG_HOME: empty, XDG_CONFIG_DIRS: empty, XDG_DATA_HOME: empty, XDG_DATA_DIRS: empty }
  expect(hasVulkanDriver('darwin', {})).toBe(true)
  expect(hasVulkanDriver('linux', { ...nowhere, VK_ICD_FILENAMES: '/some/icd.json' })).toBe(true)
})
