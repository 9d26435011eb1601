import { expect, it } from 'vitest'
import { prepare } from '../../models/prepare/prepare.ts'
import { workOfToken } from '../../models/prepare/work.ts'
import { estimate, slowness } from '../../models/runtime/tuning/estimate.ts'
import { noteSpeed, recallThreading, rememberThreading } from '../../models/runtime/tuning/tuning-store.ts'
import { TINY, temporaryFolder } from '../models/support.ts'

const THREADS = { threading: { threads: 1, spinning: false }, reason: 'As was found.' }

it('the work of a token is that of all visits: the shared block counts for every recursion', async () => {
  const model = await prepare(TINY, temporaryFolder(), 'int8')
  const without = { ...model, plan: { ...model.plan, visits: model.plan.visits.filter((_, i) => i !== 2) } }
  const [all, less] = [workOfToken(model), workOfToken(without)]
  // two layers of hidden 256, inner 768, 4 heads and 2 of K/V of 64: q, o, k, v, gate, up, down; two routers of width 64
  expect(all.products - less.products).toBe(2 * 256 * (256 + 256 + 128 + 128 + 3 * 768) + 2 * 64 * 256)
  // codes of a byte with a scale of four bytes for 128 or 64 of them; routers stay float32
  const router = 2 * 64 * 256
  const [bytes, products] = [all.bytes - less.bytes - 4 * router, all.products - less.products - router]
  expect(bytes / products).toBeGreaterThan(1 + 4 / 128)
  expect(bytes / products).toBeLessThan(1 + 4 / 64)
})

it('a model is told to be slow where a prompt takes long, by what was measured or by its size', async () => {
  const model = await prepare(TINY, temporaryFolder(), 'int8')
  expect(slowness(model)).toBeNull()
  expect(estimate(model, 200).measured).toBe(false)
  rememberThreading(model.folder, { ...THREADS, ms: 700 })
  expect(estimate(model, 200)).toMatchObject({ tokenMs: 700, measured: true })
  expect(slowness(model)).toBeNull()
  const stepwise = { ...model, plan: { ...model.plan, prompts: 'tokens' as const } }
  expect(slowness(stepwise)).toMatch(/as measured here: .* 200 tokens takes about 2 min to read, .* about 0\.70 s\.$/)
})

it('threads are compared again behind three answers in a row that were much slower than was found', async () => {
  const { folder } = await prepare(TINY, temporaryFolder(), 'int8')
  rememberThreading(folder, { ...THREADS, ms: 10 })
  for (const ms of [14, 14, 9, 14, 14, 12.9, 14, 14]) noteSpeed(folder, ms)
  expect(recallThreading(folder)).toMatchObject(THREADS)
  noteSpeed(folder, 14)
  expect(recallThreading(folder)).toBeNull()
  rememberThreading(folder, { ...THREADS, ms: 14 })
  expect(recallThreading(folder)).toMatchObject({ ms: 14 })
})
