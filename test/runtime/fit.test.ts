import { expect, test } from 'vitest'
import type { Turn } from '../../models/common/values.ts'
import { fit, withoutOldest } from '../../models/runtime/fit.ts'

/** As many tokens as characters. */
const encode = (turns: readonly Turn[]) => ({ ids: Array.from(turns.map(({ content }) => content).join('')) })

/** A system prompt of 10, and pairs of turns of 100 each, then a question of 50. */
const talk = (pairs: number): Turn[] => [
  { role: 'system', content: 's'.repeat(10) },
  ...Array.from({ length: pairs }, (_, pair): Turn[] => [
    { role: 'user', content: String(pair % 10).repeat(50) },
    { role: 'assistant', content: 'a'.repeat(50) },
  ]).flat(),
  { role: 'user', content: 'q'.repeat(50) },
]

const wanted = { context: 1000, mostTokens: 4096, leftOut: 0 }

test('nothing is left out as long as a quarter of the context is left for an answer', () => {
  expect(fit(talk(6), encode, wanted)).toMatchObject({ leftOut: 0 })
  expect(fit(talk(7), encode, wanted).leftOut).toBeGreaterThan(0)
})

test('whole pairs are left out, the oldest first, as few as leave room for two answers; the system prompt stays', () => {
  const { leftOut, prompt } = fit(talk(20), encode, wanted)
  expect(leftOut).toBe(32)
  expect(prompt.ids).toHaveLength(10 + 4 * 100 + 50)
  expect(prompt.ids.slice(0, 11).join('')).toBe('s'.repeat(10) + '6')
})

test('a cut stays where it was while an answer finds room behind it', () => {
  expect(fit(talk(22), encode, { ...wanted, leftOut: 32 })).toMatchObject({ leftOut: 32 })
  expect(fit(talk(24), encode, { ...wanted, leftOut: 32 }).leftOut).toBe(40)
  // a model with a longer context reads all of it again
  expect(fit(talk(22), encode, { ...wanted, context: 10_000, leftOut: 32 }).leftOut).toBe(0)
})

test('the newest turn always stays, and a single turn is never cut', () => {
  expect(fit(talk(3), encode, { ...wanted, context: 40 })).toMatchObject({ leftOut: 6 })
  expect(fit(talk(0), encode, { ...wanted, context: 40 })).toMatchObject({ leftOut: 0 })
  expect(withoutOldest(talk(1), 2).map(({ role }) => role)).toEqual(['system', 'user'])
})
