import { afterAll, describe, expect, it } from 'vitest'
import { thinkingModel } from '../models/thinking-model.ts'
import { command, lastJson } from './support.ts'

const ask = command('models/cli/ask.ts')
const model = thinkingModel('nanbeige', 'special', afterAll)
const words = ['Do you like dogs?', '--model', model, '--temperature', '0', '--seed', '1', '--max-tokens', '40']

describe('thoughts of an answer', () => {
  it('go to the standard error, the answer to the standard output', async () => {
    const outcome = await ask(...words, '--most-thought', '5', '--json')
    expect(outcome.code).toBe(0)
    const result = lastJson(outcome) as { text: string; thought: string; thought_tokens: number; tokens: number }
    expect(result.thought).not.toBe('')
    expect(outcome.stderr.trim()).toBe(result.thought.trim())
    expect(outcome.stdout.startsWith(`${result.text}\n{`)).toBe(true)
    // five of its own, a line break and the tag
    expect(result.thought_tokens).toBe(7)
    expect(result.tokens).toBeGreaterThan(result.thought_tokens)
  })

  it('do not come where they are not wanted', async () => {
    const outcome = await ask(...words, '--think', 'off', '--json')
    expect(outcome).toMatchObject({ code: 0, stderr: '' })
    expect(lastJson(outcome)).not.toHaveProperty('thought')
    expect(lastJson(outcome).text).not.toBe('')
  })

  it('may have a budget of their own', async () => {
    const outcome = await ask(...words, '--most-thought', '5', '--budget', '100', '--thought-budget', '0', '--json')
    const { depths } = lastJson(outcome) as { depths: number[] }
    expect([depths.slice(0, 5), depths.slice(8)]).toEqual([Array(5).fill(1), Array(depths.length - 8).fill(3)])
  })

  it.each([
    [['--think', 'maybe'], '--think must be one of on, off; maybe was given.'],
    [['--most-thought', '-1'], '--most-thought'],
    [['--thought-budget', '101'], '--thought-budget must be'],
  ])('%j is refused in words', async (options, sentence) => {
    const outcome = await ask('Hello', ...options)
    expect(outcome.code).toBe(2)
    expect(outcome.stderr).toContain(sentence)
  })
})
