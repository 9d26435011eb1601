import { expect, test } from 'vitest'
import { thinkingModel } from '../models/thinking-model.ts'
import { ask, client, QUESTION, real } from './support.ts'

/** The small model, which begins every answer with a thought and does not end it soon. */
const thinker = () => real(undefined, thinkingModel('always'))

test('a thought streams apart from the answer, and is ended by the control route', async () => {
  const endpoint = await thinker()
  const stream = await client(endpoint).chat.completions.create({
    model: 'any',
    messages: [...QUESTION],
    temperature: 0,
    max_completion_tokens: 400,
    stream: true,
    stream_options: { include_usage: true },
  })
  let [thought, answer, ended, usage] = ['', '', false, null as unknown]
  for await (const { id, choices, usage: told } of stream) {
    const delta = choices[0]?.delta as { content?: string; reasoning_content?: string } | undefined
    if (delta?.reasoning_content) expect(answer).toBe('')
    thought += delta?.reasoning_content ?? ''
    answer += delta?.content ?? ''
    usage = told ?? usage
    if (thought === '' || ended) continue
    ended = true
    const { json } = await ask(endpoint.port, '/v1/chat/completions/control', { body: { id, action: 'reasoning_end' } })
    expect(json).toEqual({ success: true })
  }
  expect(thought).not.toBe('')
  expect(answer).not.toBe('')
  expect(answer).not.toContain('think>')
  const { completion_tokens_details: details } = usage as { completion_tokens_details: { reasoning_tokens: number } }
  expect(details.reasoning_tokens).toBeGreaterThan(0)
})

test('an effort bounds the thought', async () => {
  const endpoint = await thinker()
  const answers = await Promise.all(
    (['none', 'minimal'] as const).map((reasoning_effort) =>
      client(endpoint).chat.completions.create({
        model: 'any',
        messages: [...QUESTION],
        temperature: 0,
        max_completion_tokens: 300,
        reasoning_effort,
      }),
    ),
  )
  const [none, minimal] = answers.map(({ usage }) => usage!.completion_tokens_details!.reasoning_tokens!)
  expect(none).toBeLessThan(20)
  expect(minimal).toBeGreaterThan(none!)
  expect(minimal).toBeLessThan(160)
})
