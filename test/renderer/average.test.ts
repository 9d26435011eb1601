import { expect, it } from 'vitest'
import { averageOver, realisedOver } from '../../renderer/budget/average.ts'

it('says of a short answer of how many tokens the share is the average', () => {
  expect(averageOver({ live: true, over: 18 })).toBe('in 18 tokens so far')
  expect(averageOver({ live: true, over: 1 })).toBe('in 1 token so far')
  expect(averageOver({ live: false, over: 18 })).toBe('in only 18 tokens')
})

it('says it of none that is long enough to be judged', () => {
  expect(averageOver({ live: true, over: 200 })).toBe('realised of asked')
  expect(averageOver({ live: false, over: 1200 })).toBe('realised of asked')
  expect(realisedOver(48.6, 200)).toBe('49%')
})

it('says in the details why a short answer may be off', () => {
  expect(realisedOver(27.3, 18)).toBe('27% in only 18 tokens (kept to within 5 points over 200)')
})
