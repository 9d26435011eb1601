import { describe, expect, it, vi } from 'vitest'
import { DEFAULT_THINKING } from '../../models/common/values.ts'
import { Client } from '../../renderer/connection/client.ts'
import { portTransport } from '../../renderer/connection/port.ts'
import { readThinking, thinkingDraftOf } from '../../renderer/settings/thinking-form.ts'
import { Workspace } from '../../renderer/state/workspace.svelte.ts'
import { segmentsOf, SegmentStream } from '../../renderer/text/segments.ts'
import { storedTokens } from '../../renderer/text/tokens.ts'
import { duration, endMark, thoughtLine } from '../../renderer/ui/words.ts'
import { FakeHost } from './fake/host.ts'
import type { FakeOptions } from './fake/options.ts'
import { generation, message, MODEL, READY, THINKING, THOUGHT } from './fake/values.ts'

async function opened(options: Partial<FakeOptions> = {}) {
  const engine = { ...READY, model: { ...MODEL, thinking: THINKING } }
  const host = new FakeHost({ engine, pace: { tokenMs: 5, prefillMs: 5 }, ...options })
  const space = new Workspace(new Client(portTransport(host)), null)
  await vi.waitFor(() => {
    expect(space.application.thinking).toEqual(THINKING)
  })
  expect(await space.chat.send('Tell me about the sea.', null)).toBe(true)
  const answer = space.chat.answering!
  await vi.waitFor(() => {
    expect(answer.thinking).toBe(true)
  })
  return { host, space, answer }
}

const ended = (space: Workspace): Promise<void> =>
  vi.waitFor(() => {
    expect(space.chat.answering).toBeNull()
  })

describe('an answer that thinks', () => {
  it('has its thought beside its text, while it is written and after', async () => {
    const { space, answer } = await opened()
    expect(THOUGHT.startsWith(answer.thought.text)).toBe(true)
    expect(answer.text).toBe('')
    await ended(space)
    const kept = space.chat.path.at(-1)!
    expect(kept.generation!.thought!.text).toBe(THOUGHT)
    expect(kept.text).toMatch(/^The sea/)
    expect(answer.text).toBe(kept.text)
    expect(answer.thought).toMatchObject({ text: THOUGHT, tokens: kept.generation!.thought!.tokens })
    expect(answer.thinking).toBe(false)
  })

  it('answers now when that is asked for', async () => {
    const { space, answer } = await opened()
    await space.chat.answerNow()
    expect(answer.endingThought).toBe(true)
    await ended(space)
    const { thought } = space.chat.path.at(-1)!.generation!
    expect(thought!.text.length).toBeLessThan(THOUGHT.length)
    expect(space.chat.path.at(-1)!.text).toMatch(/^The sea/)
  })

  it('knows that its thought goes in circles', async () => {
    const { answer } = await opened({ circlesAt: 3 })
    await vi.waitFor(() => {
      expect(answer.circling).toBe(true)
    })
  })

  it('shows a late window what has been thought so far', async () => {
    const { host, space, answer } = await opened()
    const late = new Workspace(new Client(portTransport(host)), space.chat.conversationId)
    await vi.waitFor(() => {
      expect(late.chat.answering?.thinking).toBe(true)
    })
    expect(late.chat.answering!.thought.tokens).toBeGreaterThan(0)
    expect(THOUGHT.startsWith(late.chat.answering!.thought.text)).toBe(true)
    expect(answer.live).toBe(true)
  })
})

describe('the dial of the thought', () => {
  it('follows the answer’s until it is moved, moves the thought alone, and goes back', async () => {
    const { host, space } = await opened({ pace: { tokenMs: 20, prefillMs: 5 } })
    const told = vi.spyOn(host, 'emit')
    expect(space.thoughtBudget.own).toBeNull()
    space.thoughtBudget.move(20)
    expect(space.thoughtBudget.own).toBe(20)
    expect(space.budget.value).toBe(60)
    await vi.waitFor(() => {
      expect(space.application.settings!.thinking).toEqual({ ...DEFAULT_THINKING, budget: 20 })
    })
    expect(told).toHaveBeenCalledWith('chat.budget', expect.objectContaining({ budget: 20, phase: 'thought' }))
    space.budget.move(80)
    expect(space.thoughtBudget.own).toBe(20)
    space.thoughtBudget.move(null)
    await vi.waitFor(() => {
      expect(space.application.settings!.thinking.budget).toBeNull()
    })
    expect(told.mock.calls.findLast(([event]) => event === 'chat.budget')![1]).toMatchObject({ budget: 80 })
    expect(space.thoughtBudget.own).toBeNull()
  })
})

describe('a kept answer', () => {
  const kept = message({
    id: 2,
    conversationId: 1,
    role: 'assistant',
    text: 'Yes!',
    generation: generation({
      lengths: [3, 0, 3, 1],
      depths: [1, 2, 3, 3],
      budgetChanges: [
        { token: 0, budget: 20 },
        { token: 2, budget: 60 },
      ],
      thought: { text: 'Hm.', tokens: 2, ms: 100 },
    }),
  })

  it('has tokens of its thought and of its text', () => {
    expect(storedTokens(kept)).toEqual([
      { text: 'Hm.', depth: 1, budget: 20, phase: 'thought' },
      { text: '', depth: 2, budget: 20, phase: 'thought' },
      { text: 'Yes', depth: 3, budget: 60 },
      { text: '!', depth: 3, budget: 60 },
    ])
  })

  it('is coloured apart, with the numbers that its tokens have', () => {
    const answer = segmentsOf(kept)
    expect([0, 1, 2].map((index) => [answer.end(index), answer.token(index)])).toEqual([
      [3, 2],
      [4, 3],
      [0, null],
    ])
    const thought = segmentsOf(kept, 'thought')
    expect([thought.length, thought.end(0), thought.token(0)]).toEqual([1, 3, 0])
    const stream = new SegmentStream()
    for (let count = 1; count <= 4; count++) stream.update(storedTokens(kept).slice(0, count))
    expect(stream.update(storedTokens(kept))).toEqual(answer)
  })

  it('says so where its thought came to no answer', () => {
    const record = generation({ ...kept.generation, finishReason: 'end' })
    expect(endMark({ ...kept, generation: record })).toBeNull()
    expect(endMark({ ...kept, text: '', generation: record })).toMatch(/without an answer/)
  })
})

it('tells length and time in words', () => {
  expect(thoughtLine({ tokens: 124, ms: 3140 }, true)).toBe('Thinking… 124 tokens, 3.1 s')
  expect(thoughtLine({ tokens: 124, ms: 3140 }, false)).toBe('Thought for 3.1 s, 124 tokens')
  expect([duration(400), duration(59_960), duration(125_000)]).toEqual(['0.4 s', '1 min 0 s', '2 min 5 s'])
})

it('reads what was typed about thoughts, and leaves their budget to its dial', () => {
  const now = { ...DEFAULT_THINKING, budget: 30 }
  const draft = thinkingDraftOf(DEFAULT_THINKING)
  expect(readThinking(draft, now)).toEqual(now)
  expect(readThinking({ ...draft, maxTokens: ' 256 ', on: false }, now)).toEqual({ ...now, maxTokens: 256, on: false })
  for (const maxTokens of ['-1', '1.5', 'many']) expect(readThinking({ ...draft, maxTokens }, now)).toBeNull()
})
