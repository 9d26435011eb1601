import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import type { ChosenPrecision } from '../../models/runtime/tuning/four-bits.ts'
import { worthwhilePrecision } from '../../models/runtime/tuning/four-bits.ts'
import { Engine } from '../../models/runtime/engine.ts'
import type { Precision } from '../../models/common/values.ts'
import { prepare } from '../../models/prepare/prepare.ts'
import { FIXTURES } from '../families/support.ts'
import { TINY, temporaryFolder } from '../models/support.ts'

const chosen = (cacheFolder: string, precision: Precision, modelFolder = TINY): Promise<ChosenPrecision> =>
  worthwhilePrecision({ modelFolder, cacheFolder, precision, provider: 'cpu' }, () => undefined)

/** What was found of a model in 4 and 8 bits, for others to find. */
async function claim(cacheFolder: string, gain: number): Promise<void> {
  const { folder } = await prepare(TINY, cacheFolder, 'int4')
  const file = path.join(folder, 'tuning.json')
  const memory = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>
  writeFileSync(file, JSON.stringify({ ...memory, fourBits: { gain } }))
}

describe('4 bits', () => {
  it('are compared with 8 once, and kept where they save a tenth', async () => {
    const cache = temporaryFolder()
    const first = await chosen(cache, 'int4')
    expect(first.reason === '').toBe(first.precision === 'int4')
    await claim(cache, 0.2)
    expect(await chosen(cache, 'int4')).toEqual({ precision: 'int4', reason: '' })
    await claim(cache, 0.07)
    const eight = { precision: 'int8', reason: "8 bits rather than 4, which save only 7 % of a token's time here." }
    expect(await chosen(cache, 'int4')).toEqual(eight)
    await claim(cache, -0.3)
    expect((await chosen(cache, 'int4')).reason).toBe('8 bits rather than 4, which save no time here.')
  })

  it('are not compared where others are asked for', async () => {
    const cache = temporaryFolder()
    for (const precision of ['int8', 'fp32'] as const) {
      expect(await chosen(cache, precision)).toEqual({ precision, reason: '' })
    }
  })

  it('that a folder stores run as they are', async () => {
    const { precision, reason } = await chosen(temporaryFolder(), 'int4', path.join(FIXTURES, 'elastic-exits'))
    expect(precision).toBe('int8')
    expect(reason).toMatch(/stores its weights in 4 bits/)
  })

  it('that gain little are told where the device is told', async () => {
    const cacheFolder = temporaryFolder()
    await chosen(cacheFolder, 'int4')
    await claim(cacheFolder, 0.01)
    const request = { modelFolder: TINY, cacheFolder, precision: 'int4', provider: 'cpu' } as const
    const engine = await Engine.loadWorthwhile(request, () => undefined)
    expect(engine.info.precision).toBe('int8')
    expect(engine.device.reason).toMatch(/8 bits rather than 4, which save only 1 % of a token's time here\.$/)
    await engine.release()
  })
})
