import { expect, it } from 'vitest'
import { leastDepth } from '../../models/plan/depth.ts'
import { copyOf, prepared } from './support.ts'

it.each<[string, number, number]>([
  ['dense-llama-tied', 1, 1],
  ['recursive-midcycle', 3, 3],
  ['nanbeige', 2, 2],
  ['mod', 1, 3],
  ['mor-token-balloss-softmax-midcycle-cache', 1, 3],
  ['mor-expert-auxloss-midcycle-cache', 1, 3],
  ['ouro', 1, 4],
  ['huginn', 1, 8],
])('a token of %s takes at least %i recursions, of at most %i', async (fixture, least, most) => {
  const { plan } = await prepared(copyOf(fixture))
  expect([leastDepth(plan), plan.maxDepth]).toEqual([least, most])
})
