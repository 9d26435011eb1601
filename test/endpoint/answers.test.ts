import http from 'node:http'
import { describe, expect, test } from 'vitest'
import { answering, until } from '../host/support.ts'
import { ask, eventsOf, QUESTION, ready, scripted, TOKEN } from './support.ts'

const chat = (more: object = {}) => ({ body: { messages: QUESTION, ...more } })
const asked = ({ engine }: Awaited<ReturnType<typeof ready>>) => until(() => engine().last('generate') !== undefined)

/** A request whose answer is heard as it comes. */
function listenTo(port: number, body: object, url = '/v1/chat/completions') {
  const heard = { text: '', ended: false }
  const headers = { Authorization: `Bearer ${TOKEN}` }
  const request = http.request(
    { host: '127.0.0.1', port, path: url, method: 'POST', agent: false, headers },
    (response) => {
      response.on('data', (part) => (heard.text += String(part)))
      response.on('error', () => undefined)
      response.on('close', () => (heard.ended = true))
    },
  )
  request.on('error', () => undefined)
  request.end(JSON.stringify(body))
  return { heard, leave: () => request.destroy() }
}

test('an answer has its numbers beside it', async () => {
  const set = await ready()
  const answer = ask(set.port, '/v1/chat/completions', chat({ compute_budget: 20, seed: 3 }))
  await asked(set)
  expect(set.engine().last('generate')).toMatchObject({ turns: QUESTION, budget: 20, seed: 3 })
  const { id } = set.engine().last('generate')!
  set.engine().say({ type: 'prefill', id, done: 2, total: 5 })
  set.engine().speak(0, 'Yes', '.')
  set.engine().finish()
  const { status, json, headers } = await answer
  expect(status).toBe(200)
  expect(headers['x-request-id']).toMatch(/^req_/)
  expect(json).toMatchObject({
    id: expect.stringMatching(/^chatcmpl-[0-9a-f]{32}$/) as string,
    object: 'chat.completion',
    model: 'Toy',
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: 'Yes.', refusal: null },
        logprobs: null,
        finish_reason: 'stop',
      },
    ],
    usage: {
      prompt_tokens: 5,
      completion_tokens: 2,
      total_tokens: 7,
      prompt_tokens_details: { cached_tokens: 2 },
      completion_tokens_details: { reasoning_tokens: 0 },
    },
    timings: { cache_n: 2, prompt_n: 3, predicted_n: 2, predicted_per_second: 30 },
    depthwise: { mean_depth: 2, budget_realised: 51 },
  })
})

test('an answer of which only the settings know the budget and the sampling', async () => {
  const set = await ready()
  set.client.call('settings.change', { budget: 35 })
  // it is broken off with the test
  ask(set.port, '/v1/chat/completions', chat()).catch(() => undefined)
  await asked(set)
  expect(set.engine().last('generate')).toMatchObject({ budget: 35, sampling: { topK: 40, maxTokens: 256 } })
})

test('a stream begins with the role, ends with the reason, and tells usage only where asked', async () => {
  const set = await ready()
  for (const [withUsage, options] of [
    [true, { stream_options: { include_usage: true } }],
    [false, {}],
  ] as const) {
    const answer = ask(set.port, '/v1/chat/completions', chat({ stream: true, ...options }))
    const before = set.engine().sent.length
    await until(() => set.engine().sent.length > before)
    answering(set.engine(), QUESTION[0].content).begin()
    set.engine().speak(0, 'Yes', '')
    set.engine().speak(2, '.')
    set.engine().finish({ finishReason: 'length' })
    const { headers, body } = await answer
    expect(headers['content-type']).toBe('text/event-stream; charset=utf-8')
    const events = eventsOf(body) as { choices: { delta: object; finish_reason: string }[]; usage?: object }[]
    expect(events.pop()).toBe('[DONE]')
    if (withUsage) expect(events.pop()).toMatchObject({ choices: [], usage: { completion_tokens: 3 } })
    expect(events.map(({ choices }) => choices[0]!.delta)).toEqual([
      { role: 'assistant', content: '' },
      { content: 'Yes' },
      { content: '.' },
      {},
    ])
    expect(events.at(-1)).toMatchObject({ choices: [{ finish_reason: 'length' }], depthwise: { mean_depth: 2 } })
    expect(events.every((event) => 'usage' in event === withUsage && !event.usage)).toBe(true)
  }
})

test('comments keep a client waiting while a model loads, and an answer follows', async () => {
  const set = await scripted({}, 5)
  set.engine().greet()
  const { heard } = listenTo(set.port, { messages: QUESTION, stream: true })
  await until(() => heard.text.includes(': ping\n\n: ping\n\n'))
  set.engine().load()
  await asked(set)
  set.engine().speak(0, 'Yes')
  set.engine().finish()
  await until(() => heard.ended)
  expect(heard.text).toContain('"content":"Yes"')
  expect(heard.text).toMatch(/data: \[DONE\]\n\n$/)
})

test('models are told once one is loaded', async () => {
  const set = await scripted()
  const models = ask(set.port, '/v1/models')
  set.engine().load()
  expect((await models).json).toMatchObject({ data: [{ id: 'Toy', object: 'model' }] })
})

describe('an error', () => {
  const FAILURE = { code: 'PROMPT_TOO_LONG', message: 'Too long.' } as const

  test('before the first word has a status, in a stream too', async () => {
    const set = await ready()
    for (const stream of [true, false]) {
      const answer = ask(set.port, '/v1/chat/completions', chat({ stream }))
      const before = set.engine().sent.length
      await until(() => set.engine().sent.length > before)
      const { id } = set.engine().last('generate')!
      set.engine().say({ type: 'generationFailed', id, failure: FAILURE })
      const { status, json } = await answer
      expect([status, json]).toEqual([
        400,
        {
          error: { message: 'Too long.', type: 'invalid_request_error', param: null, code: 'context_length_exceeded' },
        },
      ])
    }
  })

  test('behind it is an event of the stream, and the last', async () => {
    const set = await ready()
    const answer = ask(set.port, '/v1/chat/completions', chat({ stream: true }))
    await asked(set)
    set.engine().speak(0, 'Yes')
    set.engine().exit('signal SIGKILL')
    const { status, body } = await answer
    expect(status).toBe(200)
    expect(eventsOf(body).at(-1)).toEqual({
      error: {
        message: expect.stringContaining('SIGKILL') as string,
        type: 'server_error',
        param: null,
        code: 'engine_stopped',
      },
    })
  })

  test('of a response under way is its failure', async () => {
    const set = await ready()
    const answer = ask(set.port, '/v1/responses', { body: { input: QUESTION[0].content, stream: true } })
    await asked(set)
    set.engine().speak(0, 'Yes')
    set.engine().exit('signal SIGKILL')
    expect(eventsOf((await answer).body).at(-1)).toMatchObject({
      type: 'response.failed',
      response: { status: 'failed', error: { code: 'server_error' }, output: [{ content: [{ text: 'Yes' }] }] },
    })
  })

  test('of the model is told to everyone who asks', async () => {
    const set = await scripted()
    set.engine().greet()
    set.engine().say({ type: 'loadFailed', failure: { code: 'MODEL_WEIGHTS', message: 'Cut short.' } })
    const { status, json } = await ask(set.port, '/v1/chat/completions', chat())
    expect([status, json]).toEqual([
      503,
      { error: { message: 'Cut short.', type: 'server_error', param: null, code: 'model_not_ready' } },
    ])
    expect((await ask(set.port, '/v1/models')).json).toEqual({ object: 'list', data: [] })
  })
})

test('a client that goes away ends its answer, streamed or not, waiting or not', async () => {
  const set = await ready()
  for (const stream of [true, false]) {
    const { leave } = listenTo(set.port, { messages: QUESTION, stream })
    const before = set.engine().sent.length
    await until(() => set.engine().sent.length > before)
    const { id } = set.engine().last('generate')!
    expect(set.client.call('endpoint.read', {}).answering).toBe(1)
    leave()
    await until(() => set.engine().last('stop')?.id === id)
    set.engine().finish({ finishReason: 'stopped' })
    await until(() => set.client.call('endpoint.read', {}).answering === 0)
  }
})

test('requests are answered side by side', async () => {
  const set = await ready()
  const questions = ['one', 'two', 'three']
  const answers = questions.map((content) =>
    ask(set.port, '/v1/chat/completions', { body: { messages: [{ role: 'user', content }] } }),
  )
  await until(() => set.engine().sent.filter(({ type }) => type === 'generate').length === 3)
  for (const question of questions.toReversed()) {
    answering(set.engine(), question).speak(0, question.toUpperCase())
    answering(set.engine(), question).finish()
  }
  const texts = (await Promise.all(answers)).map(
    ({ json }) => (json as { choices: [{ message: object }] }).choices[0].message,
  )
  expect(texts).toMatchObject([{ content: 'ONE' }, { content: 'TWO' }, { content: 'THREE' }])
})

test('more than can wait are told to come again', async () => {
  const set = await ready()
  const leaving = Array.from({ length: 64 }, () => listenTo(set.port, { messages: QUESTION }))
  await until(() => set.client.call('endpoint.read', {}).answering === 64)
  const { status, headers, json } = await ask(set.port, '/v1/chat/completions', chat())
  expect([status, headers['retry-after']]).toEqual([429, '1'])
  expect(json).toMatchObject({ error: { code: 'rate_limit_exceeded' } })
  for (const { leave } of leaving) leave()
})

describe('a running answer', () => {
  test('gets another budget by its id, from its first chunk on', async () => {
    const set = await ready()
    const { heard } = listenTo(set.port, { messages: QUESTION, stream: true })
    await asked(set)
    const { id: generation } = set.engine().last('generate')!
    set.engine().say({ type: 'prefill', id: generation, done: 0, total: 5 })
    await until(() => heard.text.includes('chatcmpl-'))
    const id = /"id":"([^"]+)"/.exec(heard.text)![1]
    const send = (body: object) => ask(set.port, '/v1/chat/completions/control', { body })
    expect((await send({ id, action: 'set_budget', budget: 90 })).json).toEqual({ success: true })
    expect(set.engine().last('budget')).toEqual({ type: 'budget', id: generation, budget: 90 })
    expect((await send({ id, action: 'reasoning_end', model: 'Toy' })).json).toEqual({ success: false })
    expect((await send({ id: 'chatcmpl-gone', action: 'set_budget', budget: 1 })).json).toEqual({ success: false })
    for (const [body, param] of [
      [{ id, action: 'set_budget', budget: 101 }, 'budget'],
      [{ id, action: 'set_budget' }, 'budget'],
      [{ id, action: 'explode' }, 'action'],
      [{ action: 'set_budget', budget: 1 }, 'id'],
    ] as const)
      expect(await send(body)).toMatchObject({ status: 400, json: { error: { param } } })
  })

  test('that waited for its model has the budget that it was asked with', async () => {
    const set = await scripted({}, 5)
    set.engine().greet()
    const { heard } = listenTo(set.port, { messages: QUESTION, stream: true, compute_budget: 10 })
    await until(() => heard.text.includes('ping'))
    set.client.call('settings.change', { budget: 77 })
    set.engine().load()
    await asked(set)
    expect(set.engine().last('generate')!.budget).toBe(10)
  })
})
