import { execFileSync } from 'node:child_process'
import { cpSync, readFileSync, renameSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { toFailure } from '../../models/common/errors.ts'
import type { Plan } from '../../models/plan/plan.ts'
import { importModel } from '../../models/prepare/import.ts'
import { prepare } from '../../models/prepare/prepare.ts'
import { admitAll } from '../../models/runtime/budget/thresholds.ts'
import { Engine } from '../../models/runtime/engine.ts'
import { randomSource } from '../runtime/support.ts'
import { temporaryFolder, TINY } from './support.ts'

const imported = path.join(temporaryFolder(afterAll), 'imported')
await importModel(TINY, imported, 'int8')

function copy(edit?: (plan: Plan) => void): string {
  const folder = path.join(temporaryFolder(), 'model')
  cpSync(imported, folder, { recursive: true })
  if (!edit) return folder
  const plan = JSON.parse(readFileSync(path.join(folder, 'plan.json'), 'utf8')) as Plan
  edit(plan)
  writeFileSync(path.join(folder, 'plan.json'), JSON.stringify(plan))
  return folder
}

const load = (folder: string): ReturnType<typeof prepare> => prepare(folder, temporaryFolder(), 'int8')
const first = <T>(record: Record<string, T>): T => Object.values(record)[0]!
const slotted = (plan: Plan): Plan['visits'][number] => plan.visits.find(({ cache }) => cache)!

it.each<[string, (plan: Plan) => void]>([
  ['vocabSize', (p) => (p.vocabSize = 2 ** 52)],
  ['contextLength', (p) => (p.contextLength = 2 ** 52)],
  ['contextLength', (p) => (p.contextLength = 0)],
  ['hiddenSize', (p) => (p.hiddenSize = 2 ** 40)],
  ['maxDepth', (p) => (p.maxDepth = 2 ** 40)],
  ['caches.', (p) => (first(p.caches).headDim = 2 ** 50)],
  ['caches.', (p) => (first(p.caches).kvHeads = 0)],
  ['registers.', (p) => (first(p.registers).width = 2 ** 45)],
  ['registers.', (p) => (first(p.registers).initial = { kind: 'normal', deviation: 1, cut: 0 })],
  ['registers.', (p) => (first(p.registers).carries = 'nowhere')],
  ['visits', (p) => (p.visits = Array.from({ length: 10_001 }, () => p.visits[0]!))],
  ['visits.', (p) => (slotted(p).cost = -1)],
  ['visits.', (p) => (slotted(p).cache!.missing = [])],
  ['visits.', (p) => (slotted(p).cache!.deepest = [['nowhere']])],
  [
    'visits.',
    (p) => slotted(p).admission.push({ register: Object.keys(p.registers)[0]!, column: 0, atLeast: { threshold: 99 } }),
  ],
  ['policy', (p) => (p.policy = { kind: 'exit', count: 2 ** 40, trained: 0 })],
  ['policy', (p) => (p.policy = { kind: 'quantile', trained: [1, 2], capacities: [], deepening: false })],
  ['policy', (p) => (p.policy as { rows: { budget: number }[] }).rows.reverse()],
])('a plan that asks for the impossible is refused and its field named: %s (%#)', async (field, edit) => {
  await expect(load(copy(edit))).rejects.toMatchObject({
    code: 'MODEL_CONFIG',
    detail: expect.stringMatching(new RegExp(`^${field}`)) as string,
  })
})

it('files of a plan are looked at before they are read: cut, swapped, hollow, or lying elsewhere', async () => {
  const constants = copy()
  const content = readFileSync(path.join(constants, 'constants.bin'))
  writeFileSync(path.join(constants, 'constants.bin'), Buffer.concat([content, Buffer.of(1)]))
  await expect(load(constants)).rejects.toMatchObject({ code: 'MODEL_CONFIG', detail: 'constants' })
  truncateSync(path.join(constants, 'constants.bin'), 8e12)
  await expect(load(constants)).rejects.toMatchObject({ code: 'MODEL_WEIGHTS' })
  if (process.platform === 'win32') return
  const linked = copy()
  const elsewhere = path.join(temporaryFolder(), 'weights.bin')
  renameSync(path.join(linked, 'weights.bin'), elsewhere)
  symlinkSync(elsewhere, path.join(linked, 'weights.bin'))
  await expect(load(linked)).rejects.toMatchObject({ code: 'MODEL_WEIGHTS' })
  rmSync(path.join(linked, 'weights.bin'))
  execFileSync('mkfifo', [path.join(linked, 'weights.bin')])
  await expect(load(linked)).rejects.toMatchObject({ code: 'MODEL_NOT_FOUND' })
})

it('a plan that was kept in the cache and has been damaged since is made again', async () => {
  const cache = temporaryFolder()
  const { folder } = await prepare(TINY, cache, 'int8')
  const place = path.join(folder, 'plan.json')
  const plan = JSON.parse(readFileSync(place, 'utf8')) as Plan
  writeFileSync(place, JSON.stringify({ ...plan, contextLength: 2 ** 52 }))
  const again = await prepare(TINY, cache, 'int8')
  expect(again.plan.contextLength).toBe(plan.contextLength)
})

it('whatever one number or name of a plan becomes, the model loads and reads, or is refused in words', async () => {
  const random = randomSource(15)
  const values = [0, 1, 3, 1e6, 2 ** 31, 2 ** 53 - 1, -1, 0.5, 1e308, '', '__proto__', 'model', null, [], {}]
  for (let round = 0; round < 25; round++) {
    const folder = copy((plan) => {
      mutate(plan, random, values)
    })
    const failure = await attempt(folder)
    expect(failure?.code ?? 'MODEL_CONFIG').toMatch(/^(MODEL_|COMPUTE_FAILED|PROVIDER_UNAVAILABLE|BAD_ARGUMENT)/)
  }
}, 120_000)

/** Puts one of the values in place of one number or text of a plan, whichever. */
function mutate(plan: Plan, random: () => number, values: readonly unknown[]): void {
  const places: [Record<string, unknown>, string][] = []
  const walk = (node: Record<string, unknown>): void => {
    for (const [key, value] of Object.entries(node)) {
      if (typeof value === 'object' && value !== null) walk(value as Record<string, unknown>)
      else places.push([node, key])
    }
  }
  walk(plan)
  const [node, key] = places[Math.floor(random() * places.length)]!
  node[key] = values[Math.floor(random() * values.length)]
}

async function attempt(modelFolder: string): Promise<ReturnType<typeof toFailure> | null> {
  let engine: Engine | undefined
  try {
    engine = await Engine.load(
      { modelFolder, cacheFolder: temporaryFolder(), precision: 'int8', provider: 'cpu' },
      () => undefined,
    )
    await engine.sequence().append([1, 2, 3, 4], admitAll(engine.model.plan.policy), 'last')
    return null
  } catch (error) {
    return toFailure(error)
  } finally {
    await engine?.release()
  }
}
