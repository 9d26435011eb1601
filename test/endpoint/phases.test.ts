import { describe, expect, test } from 'vitest'
import type { Token } from '../../models/common/values.ts'
import { phaseOf, piecesOf } from '../../electron/endpoint/phase.ts'
import { ResponseItems } from '../../electron/endpoint/response-items.ts'

/** Tokens of a model that thinks; a phase is told only of thoughts. */
const thought = (text: string): Token => ({ text, depth: 1, budget: 0, phase: 'thought' })
const answer = (text: string): Token => ({ text, depth: 3, budget: 100 })

test('tokens are cut where the thought ends', () => {
  expect(phaseOf(answer('x'))).toBe('answer')
  const pieces = piecesOf([thought('Hm'), thought('.'), answer('Yes'), answer('.')])
  expect(pieces.map(({ phase, text }) => [phase, text])).toEqual([
    ['thought', 'Hm.'],
    ['answer', 'Yes.'],
  ])
})

describe('items of a response', () => {
  const written = (...tokens: Token[]) => {
    const items = new ResponseItems('resp_1')
    const events = piecesOf(tokens).flatMap((piece) => items.add(piece))
    return { items, events: [...events, ...items.finish(false)] }
  }

  test('are a thought and a message, one after the other', () => {
    const { items, events } = written(thought('Hm'), answer('Yes'))
    expect(items.output).toMatchObject([
      { type: 'reasoning', id: 'rs_10', summary: [], content: [{ type: 'reasoning_text', text: 'Hm' }] },
      { type: 'message', id: 'msg_11', status: 'completed', content: [{ type: 'output_text', text: 'Yes' }] },
    ])
    expect(events.map(({ type, output_index: index }) => [index, type])).toEqual([
      [0, 'response.output_item.added'],
      [0, 'response.content_part.added'],
      [0, 'response.reasoning_text.delta'],
      [0, 'response.reasoning_text.done'],
      [0, 'response.content_part.done'],
      [0, 'response.output_item.done'],
      [1, 'response.output_item.added'],
      [1, 'response.content_part.added'],
      [1, 'response.output_text.delta'],
      [1, 'response.output_text.done'],
      [1, 'response.content_part.done'],
      [1, 'response.output_item.done'],
    ])
  })

  test('of an answer without a word are an empty message', () => {
    const { items, events } = written()
    expect(items.output).toMatchObject([{ type: 'message', content: [{ text: '' }] }])
    expect(events.length).toBe(5)
  })
})
