import { APIError, AuthenticationError, BadRequestError, NotFoundError } from 'openai'
import type { ChatCompletionChunk } from 'openai/resources/chat/completions'
import { afterAll, describe, expect, test } from 'vitest'
import { client, QUESTION, real } from './support.ts'

/** OpenAI's own client for Node, against the real host and engine with the small model of the tests. */
const endpoint = await real(afterAll)
const openai = client(endpoint)
const MODEL = 'Depthwise Starter'
const GREEDY = { model: MODEL, temperature: 0, seed: 1, max_tokens: 24 }

/** What only this endpoint tells. */
interface Extras {
  depthwise: { mean_depth: number; budget_realised: number }
  timings: { cache_n: number; prompt_n: number; predicted_n: number; predicted_per_second: number }
}

const chat = async (more: object = {}) => {
  const answer = await openai.chat.completions.create({ ...GREEDY, messages: [...QUESTION], ...more })
  return answer as typeof answer & Extras
}

async function collect<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const parts: T[] = []
  for await (const part of stream) parts.push(part)
  return parts
}

test('models are listed and found', async () => {
  const models = await collect(await openai.models.list())
  expect(models).toMatchObject([{ id: MODEL, object: 'model', owned_by: 'depthwise' }])
  expect((await openai.models.retrieve(MODEL)).id).toBe(MODEL)
  await expect(openai.models.retrieve('gpt-4')).rejects.toBeInstanceOf(NotFoundError)
})

describe('chat', () => {
  test('streams what it writes at once, piece by piece', async () => {
    const whole = await chat()
    const text = whole.choices[0]!.message.content!
    expect(text.length).toBeGreaterThan(10)
    const stream = await openai.chat.completions.create({
      ...GREEDY,
      messages: [...QUESTION],
      stream: true,
      stream_options: { include_usage: true },
    })
    const chunks = await collect(stream)
    expect(chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '').join('')).toBe(text)
    expect(new Set(chunks.map(({ id }) => id)).size).toBe(1)
    expect(chunks.at(-1)!.choices).toEqual([])
    expect(chunks.at(-1)!.usage).toMatchObject({
      prompt_tokens: whole.usage!.prompt_tokens,
      completion_tokens: whole.usage!.completion_tokens,
    })
  })

  test('goes on with a conversation where it was', async () => {
    const first = await chat({ max_tokens: 200 })
    const { content } = first.choices[0]!.message
    const messages = [...QUESTION, { role: 'assistant', content }, { role: 'user', content: 'Why?' }]
    const { usage, timings } = await chat({ messages })
    const cached = usage!.prompt_tokens_details!.cached_tokens!
    expect(cached).toBeGreaterThanOrEqual(first.usage!.prompt_tokens)
    expect([timings.cache_n, timings.cache_n + timings.prompt_n]).toEqual([cached, usage!.prompt_tokens])
  })

  test('speaks to the helper that gathers a stream', async () => {
    const runner = openai.chat.completions.stream({ ...GREEDY, messages: [...QUESTION] })
    let heard = ''
    runner.on('content', (piece) => (heard += piece))
    const { choices } = await runner.finalChatCompletion()
    expect(choices[0]!.message.content).toBe(heard)
    expect(heard).toBe((await chat()).choices[0]!.message.content)
  })

  test('goes deeper with the budget, by field, header or effort', async () => {
    const depths = [
      await chat({ compute_budget: 0 }),
      await chat({ reasoning_effort: 'none' }),
      await chat({ compute_budget: 100 }),
      await chat({ reasoning_effort: 'max' }),
    ].map(({ depthwise, timings }) => [depthwise.mean_depth, depthwise.budget_realised, timings.predicted_n > 0])
    expect(depths).toEqual([
      [1, 0, true],
      [1, 0, true],
      [3, 100, true],
      [3, 100, true],
    ])
    const header = { headers: { 'X-Compute-Budget': '100' } }
    const deep = await openai.chat.completions.create({ ...GREEDY, messages: [...QUESTION] }, header)
    expect((deep as typeof deep & Extras).depthwise.mean_depth).toBe(3)
  })

  test('ends where it is told to', async () => {
    const text = (await chat()).choices[0]!.message.content!
    const word = text.split(' ')[3]!
    const stopped = await chat({ stop: [word] })
    expect(stopped.choices[0]).toMatchObject({
      finish_reason: 'stop',
      message: { content: text.slice(0, text.indexOf(word)) },
    })
    const cut = await chat({ max_tokens: 3 })
    expect([cut.choices[0]!.finish_reason, cut.usage!.completion_tokens]).toEqual(['length', 3])
  })

  test('draws the same with a seed and tells likelihoods that fit its text', async () => {
    const drawn = { temperature: 1, seed: 11, logprobs: true, top_logprobs: 3 }
    const [one, two] = [await chat(drawn), await chat(drawn)]
    expect(one.choices).toEqual(two.choices)
    const { message, logprobs } = one.choices[0]!
    const bytes = logprobs!.content!.flatMap((token) => token.bytes ?? [])
    expect(Buffer.from(bytes).toString()).toBe(message.content)
    expect(logprobs!.content!.every((token) => token.top_logprobs.length === 3 && token.logprob <= 0)).toBe(true)
  })

  test('is steered while it writes', async () => {
    const stream = await openai.chat.completions.create({
      model: MODEL,
      messages: [{ role: 'user', content: 'Tell me a long story about the sea.' }],
      temperature: 1,
      stream: true,
      ...{ max_completion_tokens: 300, compute_budget: 0 },
    })
    let last: ChatCompletionChunk | undefined
    let isAsked = false
    for await (const chunk of stream) {
      last = chunk
      if (isAsked || !chunk.choices[0]?.delta.content) continue
      isAsked = true
      const body = { id: chunk.id, action: 'set_budget', budget: 100 }
      expect(await openai.post('/chat/completions/control', { body })).toEqual({ success: true })
    }
    const { mean_depth: depth } = (last as ChatCompletionChunk & Extras).depthwise
    expect(depth).toBeGreaterThan(1)
    expect(depth).toBeLessThanOrEqual(3)
  })

  test('stops when its client does', async () => {
    const stream = await openai.chat.completions.create({
      model: MODEL,
      messages: [{ role: 'user', content: 'Tell me a story.' }],
      max_completion_tokens: -1,
      stream: true,
    })
    for await (const chunk of stream) if (chunk.choices[0]?.delta.content) break
    expect(stream.controller.signal.aborted).toBe(true)
    expect((await chat({ max_tokens: 2 })).usage!.completion_tokens).toBe(2)
  })

  test('is answered side by side with others', async () => {
    const alone = await chat({ compute_budget: 0 })
    const answers = await Promise.all(Array.from({ length: 4 }, () => chat({ compute_budget: 0, max_tokens: 8 })))
    for (const { choices } of answers)
      expect(alone.choices[0]!.message.content!.slice(0, 8)).toBe(choices[0]!.message.content!.slice(0, 8))
  })
})

test('a text is gone on with as it is', async () => {
  const asked = { ...GREEDY, prompt: 'The sea is' }
  const whole = await openai.completions.create(asked)
  const chunks = await collect(await openai.completions.create({ ...asked, stream: true }))
  expect(whole.choices[0]!.text).not.toBe('')
  expect(chunks.map((chunk) => chunk.choices[0]?.text ?? '').join('')).toBe(whole.choices[0]!.text)
  expect(chunks.at(-1)!.choices[0]!.finish_reason).toBe(whole.choices[0]!.finish_reason)
})

describe('responses', () => {
  const asked = { model: MODEL, input: 'Do you like dogs?', temperature: 0, max_output_tokens: 200 }

  test('are the same whole and streamed', async () => {
    const whole = await openai.responses.create(asked)
    expect(whole.status).toBe('completed')
    expect(whole.output_text).toBe((await chat({ max_tokens: 200 })).choices[0]!.message.content)
    const runner = openai.responses.stream(asked)
    let heard = ''
    runner.on('response.output_text.delta', (event) => (heard += event.delta))
    const streamed = await runner.finalResponse()
    expect(heard).toBe(whole.output_text)
    expect(streamed.output_text).toBe(whole.output_text)
    expect(streamed.usage!.output_tokens).toBe(whole.usage!.output_tokens)
  })

  test('that a bound ends are incomplete', async () => {
    const cut = await openai.responses.create({ ...asked, max_output_tokens: 3 })
    expect(cut).toMatchObject({ status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } })
    const events = await collect(await openai.responses.create({ ...asked, max_output_tokens: 3, stream: true }))
    expect(events.at(-1)!.type).toBe('response.incomplete')
  })
})

describe('an error', () => {
  test('is of the client’s own kinds', async () => {
    await expect(client(endpoint, { apiKey: 'wrong' }).models.list()).rejects.toBeInstanceOf(AuthenticationError)
    const refused = await chat({ n: 2 }).catch((error: unknown) => error)
    expect(refused).toBeInstanceOf(BadRequestError)
    expect(refused).toMatchObject({ status: 400, param: 'n', type: 'invalid_request_error' })
    const long = await chat({ messages: [{ role: 'user', content: 'word '.repeat(3000) }], stream: true }).catch(
      (error: unknown) => error,
    )
    expect(long).toMatchObject({ status: 400, code: 'context_length_exceeded' })
    expect(long).toBeInstanceOf(APIError)
  })
})
