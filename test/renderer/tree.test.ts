import { describe, expect, it } from 'vitest'
import { buildTree, newestLeaf, pathTo, siblingsOf, withMessage } from '../../renderer/state/tree.ts'
import { message } from './fake/values.ts'

const node = (id: number, parentId: number | null) =>
  message({ id, parentId, conversationId: 1, role: id % 2 === 1 ? 'user' : 'assistant' })

// 1 ─ 2 ─ 3 ─ 4     5 is another wording of 1, 6 and 8 two answers to it
const messages = [node(1, null), node(2, 1), node(3, 2), node(4, 3), node(5, null), node(6, 5), node(8, 5), node(7, 6)]
const tree = buildTree(messages)
const ids = (path: readonly { id: number }[]) => path.map(({ id }) => id)

describe('the tree of a conversation', () => {
  it('shows the branch that ends in the leaf', () => {
    expect(ids(pathTo(tree, 4))).toEqual([1, 2, 3, 4])
    expect(ids(pathTo(tree, 7))).toEqual([5, 6, 7])
    expect(pathTo(tree, null)).toEqual([])
    expect(pathTo(tree, 99)).toEqual([])
  })

  it('ends on a circle instead of following it for ever', () => {
    expect(ids(pathTo(buildTree([node(1, 2), node(2, 1)]), 1))).toEqual([2, 1])
  })

  it('finds the siblings of a turn, at the root too', () => {
    expect(siblingsOf(tree, node(5, null))).toMatchObject({ index: 1, all: [{ id: 1 }, { id: 5 }] })
    expect(siblingsOf(tree, node(6, 5))).toMatchObject({ index: 0, all: [{ id: 6 }, { id: 8 }] })
    expect(siblingsOf(tree, node(2, 1)).all).toHaveLength(1)
  })

  it('goes down the newest branch', () => {
    expect(newestLeaf(tree, node(1, null)).id).toBe(4)
    expect(newestLeaf(tree, node(5, null)).id).toBe(8)
    expect(newestLeaf(tree, node(6, 5)).id).toBe(7)
  })

  it('puts a later state of a message in the place of the earlier one', () => {
    const changed = { ...node(2, 1), text: 'later' }
    expect(withMessage(messages, changed)[1]).toBe(changed)
    expect(withMessage(messages, node(9, 4))).toHaveLength(messages.length + 1)
  })
})
