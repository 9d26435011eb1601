import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Conversation } from '../../electron/contract/values.ts'
import { firstOf } from '../../renderer/sidebar/groups.ts'
import { Measured, offsetsOf, piecesOf, rowsBetween } from '../../renderer/ui/windowing.ts'

it('shows the rows that something of lies between two heights', () => {
  const offsets = offsetsOf(4, () => 100)
  expect([...offsets]).toEqual([0, 100, 200, 300, 400])
  expect(rowsBetween(offsets, 150, 250)).toEqual([1, 3])
  expect(rowsBetween(offsets, -500, 0)).toEqual([0, 1])
  expect(rowsBetween(offsets, 900, 1200)).toEqual([3, 4])
  expect(
    rowsBetween(
      offsetsOf(0, () => 1),
      0,
      100,
    ),
  ).toEqual([0, 0])
})

it('rows and the gaps around them are always as high as the list', () => {
  const heights = fc.array(fc.integer({ min: 0, max: 500 }), { minLength: 1, maxLength: 60 })
  const place = fc.integer({ min: -1000, max: 20_000 })
  fc.assert(
    fc.property(heights, place, fc.nat(2000), fc.array(fc.integer({ min: -1, max: 80 })), (all, top, height, kept) => {
      const offsets = offsetsOf(all.length, (index) => all[index]!)
      const range = rowsBetween(offsets, top, top + height)
      const { pieces, rest } = piecesOf(offsets, range, kept)
      const shown = pieces.map(({ index }) => index)
      expect(shown).toEqual([...new Set(shown)].sort((a, b) => a - b))
      expect(range[1]).toBeGreaterThan(range[0])
      const sum = pieces.reduce((total, { index, gap }) => total + gap + all[index]!, rest)
      expect(sum).toBe(offsets.at(-1))
    }),
  )
})

it('a row is known by its key when its element has gone, and noted only when it changed', () => {
  const measured = new Measured()
  const element = {}
  measured.add(element, 7)
  expect([measured.note(element, 50), measured.note(element, 50), measured.note({}, 9)]).toEqual([true, false, false])
  measured.remove(element)
  expect(measured.note(element, 60)).toBe(false)
  expect(measured.of(7)).toBe(50)
})

it('the first conversations keep their groups, which know how many they are', () => {
  const talks = [1, 2, 3, 4, 5].map((id) => ({ id }) as Conversation)
  const groups = [
    { key: 'today', name: 'Today', conversations: talks.slice(0, 2) },
    { key: 'yesterday', name: 'Yesterday', conversations: talks.slice(2) },
    { key: 'earlier', name: 'Earlier', conversations: talks },
  ]
  expect(firstOf(groups, 3).map(({ name, conversations, total }) => [name, conversations.length, total])).toEqual([
    ['Today', 2, 2],
    ['Yesterday', 1, 3],
  ])
})
