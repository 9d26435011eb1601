import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, it } from 'vitest'
import { Engine } from '../../models/runtime/engine.ts'
import { vulkanDrivers } from '../../models/runtime/tuning/vulkan.ts'
import { TINY, temporaryFolder } from '../models/support.ts'

it('is taken by auto only where it is faster, which is measured once', { timeout: 240_000 }, async () => {
  const request = {
    modelFolder: TINY,
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
