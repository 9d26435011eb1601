import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import type { OnCpu } from '../../models/runtime/tuning/cpu.ts'
import { loadOnCpu } from '../../models/runtime/tuning/cpu.ts'
import type { PreparedModel } from '../../models/prepare/prepare.ts'
import { prepare } from '../../models/prepare/prepare.ts'
import { TINY, temporaryFolder } from '../models/support.ts'

const prepared = (): Promise<PreparedModel> => prepare(TINY, temporaryFolder(), 'int8')
const fileOf = ({ folder }: PreparedModel): string => path.join(folder, 'tuning.json')

async function loaded(model: PreparedModel): Promise<Omit<OnCpu, 'graphs'>> {
  const { graphs, threading, reason } = await loadOnCpu(model)
  expect(graphs.options).toEqual({ provider: 'cpu', ...threading })
  await graphs.release()
  return { threading, reason }
}

/** Puts something in the place of what is known about the threads. */
function claim(model: PreparedModel, change: Record<string, unknown>): void {
  const memory = JSON.parse(readFileSync(fileOf(model), 'utf8')) as Record<string, unknown>
  writeFileSync(fileOf(model), JSON.stringify({ ...memory, ...change }))
}

describe('loading on the CPU', () => {
  it('compares threads once for a prepared model, and says what it found', async () => {
    const model = await prepared()
    const first = await loaded(model)
    expect(first.reason).toMatch(/^Chosen by measurement: \d.* ms a token \(.*\d threads? .* ms.*\)\.$/)
    expect(await loaded(model)).toEqual(first)
    const known = { threading: { threads: 2, spinning: true }, reason: 'As was found.' }
    claim(model, { cpu: known })
    expect(await loaded(model)).toEqual(known)
  })

  it('compares again on another machine, and where the memory cannot be read', async () => {
    const model = await prepared()
    await loaded(model)
    claim(model, { cpu: { threading: { threads: 2, spinning: true }, reason: 'Elsewhere.' }, machine: 'another' })
    expect((await loaded(model)).reason).not.toBe('Elsewhere.')
    claim(model, { cpu: { threading: { threads: 0, spinning: true }, reason: 'Nonsense.' } })
    expect((await loaded(model)).reason).not.toBe('Nonsense.')
  })

  it('loads a model where nothing can be kept', async () => {
    const model = await prepared()
    mkdirSync(fileOf(model))
    expect((await loaded(model)).threading.threads).toBeGreaterThan(0)
  })
})
