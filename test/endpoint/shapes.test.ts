import { expect, test } from 'vitest'
import { READINGS } from '../host/samples.ts'
import { answering, tokens, until } from '../host/support.ts'
import { ask, eventsOf, QUESTION, ready } from './support.ts'

test('events of a response come in the order of the API, numbered', async () => {
  const set = await ready()
  const answer = ask(set.port, '/v1/responses', { body: { input: 'Do you like dogs?', stream: true } })
  await until(() => set.engine().last('generate') !== undefined)
  answering(set.engine(), 'Do you like dogs?').begin()
  set.engine().speak(0, 'Yes')
  set.engine().speak(1, '.')
  set.engine().finish()
  const { body } = await answer
  const events = eventsOf(body) as { type: string; sequence_number: number; response?: { status: string } }[]
  expect(events.map(({ type }) => type)).toEqual([
    'response.created',
    'response.in_progress',
    'response.output_item.added',
    'response.content_part.added',
    'response.output_text.delta',
    'response.output_text.delta',
    'response.output_text.done',
    'response.content_part.done',
    'response.output_item.done',
    'response.completed',
  ])
  expect(events.map((event) => event.sequence_number)).toEqual(events.map((_, index) => index))
  expect(body).toContain('event: response.output_text.delta\ndata: {"type":"response.output_text.delta"')
  expect(events.at(-1)!.response).toMatchObject({
    status: 'completed',
    output: [{ type: 'message', status: 'completed', content: [{ type: 'output_text', text: 'Yes.' }] }],
    usage: { input_tokens: 5, output_tokens: 2, output_tokens_details: { reasoning_tokens: 0 } },
  })
})

test('likelihoods are told in the shape of each kind of request', async () => {
  const set = await ready()
  const likelihood = { text: 'Yes', logProbability: -0.5, likeliest: [{ text: '\uFFFD', logProbability: -0.4 }] }
  const speak = () => {
    const { id, likeliest } = set.engine().last('generate')!
    expect(likeliest).toBe(1)
    const [token] = tokens('Yes')
    set.engine().say({ type: 'tokens', id, first: 0, tokens: [{ ...token!, likelihood }], readings: READINGS })
    set.engine().finish()
  }
  const told = async (url: string, body: object) => {
    const before = set.engine().sent.length
    const answer = ask(set.port, url, { body })
    await until(() => set.engine().sent.length > before)
    speak()
    return (await answer).json
  }
  expect(await told('/v1/chat/completions', { messages: QUESTION, logprobs: true, top_logprobs: 1 })).toMatchObject({
    choices: [
      {
        logprobs: {
          content: [
            {
              token: 'Yes',
              logprob: -0.5,
              bytes: [89, 101, 115],
              top_logprobs: [{ token: '\uFFFD', logprob: -0.4, bytes: null }],
              depth: 2,
            },
          ],
        },
      },
    ],
  })
  expect(await told('/v1/completions', { prompt: 'Do', logprobs: 1 })).toMatchObject({
    object: 'text_completion',
    choices: [
      {
        text: 'Yes',
        logprobs: { tokens: ['Yes'], token_logprobs: [-0.5], top_logprobs: [{ '\uFFFD': -0.4 }], text_offset: [0] },
      },
    ],
  })
  expect(await told('/v1/responses', { input: 'Do', top_logprobs: 1 })).toMatchObject({
    output: [{ content: [{ logprobs: [{ token: 'Yes', logprob: -0.5 }] }] }],
  })
})
