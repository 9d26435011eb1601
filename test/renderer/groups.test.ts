import { expect, test } from 'vitest'
import { organise } from '../../renderer/sidebar/groups.ts'

test('the pinned come first, then every folder, then the others by age; an unknown folder counts as none', () => {
  const now = new Date(2026, 10, 27, 12)
  const talk = (id: number, more: { pinned?: boolean; folderId?: number; days?: number } = {}) => {
    const at = now.getTime() - (more.days ?? 0) * 86_400_000
    const { pinned = false, folderId = null } = more
    return { id, title: `talk ${id}`, createdAt: at, updatedAt: at, leafId: null, pinned, folderId }
  }
  const folders = [
    { id: 7, name: 'Today', open: false },
    { id: 8, name: 'Empty', open: true },
  ]
  const talks = [talk(1, { folderId: 7, pinned: true }), talk(2, { folderId: 7 }), talk(3, { folderId: 99 })]
  const groups = organise([...talks, talk(4, { days: 1 }), talk(5, { days: 40 })], folders, now)
  expect(groups.map(({ name, conversations }) => [name, ...conversations.map(({ id }) => id)])).toEqual([
    ['Pinned', 1],
    ['Today', 2],
    ['Empty'],
    ['Today', 3],
    ['Yesterday', 4],
    ['Earlier', 5],
  ])
  expect(new Set(groups.map(({ key }) => key)).size).toBe(groups.length)
})
