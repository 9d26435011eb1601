import { describe, expect, test } from 'vitest'
import { requestOf } from '../../electron/endpoint/asked.ts'
import { readChatRequest } from '../../electron/endpoint/chat-completions.ts'
import { readCompletionRequest } from '../../electron/endpoint/completions.ts'
import { EFFORTS, meaningOf } from '../../electron/endpoint/effort.ts'
import { tellError } from '../../electron/endpoint/errors.ts'
import type { ReadRequest } from '../../electron/endpoint/format.ts'
import { readResponseRequest } from '../../electron/endpoint/responses.ts'
import { SETTINGS } from '../renderer/fake/values.ts'
import { QUESTION } from './support.ts'

const chat = (fields: object, headers = {}) => readChatRequest({ messages: QUESTION, ...fields }, headers).asked

/** `param` and status of the refusal. */
function refusal(read: ReadRequest, body: unknown, headers = {}): unknown {
  try {
    read(body, headers)
  } catch (error) {
    const { status, body: told } = tellError(error)
    expect(told.error.message).toMatch(/\.$/)
    return [status, told.error.param]
  }
  return null
}

const inChat = (fields: object, headers = {}) => refusal(readChatRequest, { messages: QUESTION, ...fields }, headers)

describe('a chat request', () => {
  test('leaves to the settings what it does not say, null and unknown fields included', () => {
    const said = { model: 'gpt-3.5-turbo', temperature: null, stop: null, n: 1, tools: [], logit_bias: {}, user: 'me' }
    const more = { presence_penalty: 0, response_format: { type: 'text' }, store: true, modalities: ['text'] }
    const asked = chat({ ...said, ...more, stream_options: null, keep_alive: 5 })
    expect(asked).toMatchObject({ sampling: {}, budget: null, effort: null, likeliest: null })
    const request = requestOf(asked, SETTINGS, 60)
    expect(request).toEqual({
      turns: QUESTION,
      sampling: SETTINGS.sampling,
      seed: asked.seed,
      budget: 60,
      thinking: SETTINGS.thinking,
    })
  })

  test('is held to what it says', () => {
    const said = { temperature: 0, top_p: 0.5, top_k: 3, min_p: 0.1, repetition_penalty: 1.2, stop: 'END', seed: 7 }
    const asked = chat({ ...said, max_tokens: 9, max_completion_tokens: 5, logprobs: true, top_logprobs: 2 })
    expect(requestOf(asked, SETTINGS, 10)).toEqual({
      turns: QUESTION,
      sampling: { temperature: 0, topP: 0.5, topK: 3, minP: 0.1, repetitionPenalty: 1.2, stop: ['END'], maxTokens: 5 },
      seed: 7,
      budget: 10,
      thinking: SETTINGS.thinking,
      likeliest: 2,
    })
  })

  test('may say what only other servers’ clients do', () => {
    expect(chat({ max_tokens: -1, top_k: -1, top_p: 0, seed: -1, stop: ['', 'x'] })).toMatchObject({
      sampling: { maxTokens: 1_000_000, topK: 0, topP: 1e-6, stop: ['x'] },
      seed: 0xffff_ffff,
    })
    expect(chat({ logprobs: true }).likeliest).toBe(0)
    expect(readChatRequest({ messages: QUESTION, stream: false, stream_options: {} }, {}).stream).toBe(false)
  })

  test('is refused by the name of the field where that would mean something else', () => {
    expect(inChat({ n: 2 })).toEqual([400, 'n'])
    expect(inChat({ logit_bias: { 5: 1 } })).toEqual([400, 'logit_bias'])
    expect(inChat({ tools: [{ type: 'function' }] })).toEqual([400, 'tools'])
    expect(inChat({ presence_penalty: 0.5 })).toEqual([400, 'presence_penalty'])
    expect(inChat({ response_format: { type: 'json_object' } })).toEqual([400, 'response_format'])
    expect(inChat({ response_format: { type: 'json_schema', json_schema: {} } })).toEqual([400, 'response_format'])
    expect(inChat({ modalities: ['text', 'audio'] })).toEqual([400, 'modalities'])
    expect(inChat({ temperature: 9 })).toEqual([400, 'temperature'])
    expect(inChat({ temperature: 'hot' })).toEqual([400, 'temperature'])
    expect(inChat({ max_tokens: 0 })).toEqual([400, 'max_tokens'])
    expect(inChat({ stop: Array.from({ length: 17 }, String) })).toEqual([400, 'stop'])
    expect(inChat({ top_logprobs: 3 })).toEqual([400, 'top_logprobs'])
    expect(inChat({ logprobs: true, top_logprobs: 21 })).toEqual([400, 'top_logprobs'])
    expect(inChat({ compute_budget: 101 })).toEqual([400, 'compute_budget'])
    expect(inChat({ reasoning_effort: 'extreme' })).toEqual([400, 'reasoning_effort'])
    expect(inChat({}, { 'x-compute-budget': 'much' })).toEqual([400, 'X-Compute-Budget'])
    expect(inChat({ messages: [] })).toEqual([400, 'messages'])
    expect(inChat({ messages: 'Hello' })).toEqual([400, 'messages'])
    expect(inChat({ messages: [{ role: 'tool', content: '1' }] })).toEqual([400, 'messages.0.role'])
    expect(inChat({ messages: [{ role: 'assistant', tool_calls: [{}] }] })).toEqual([400, 'messages.0.tool_calls'])
    const image = { role: 'user', content: [{ type: 'image_url', image_url: { url: 'data:' } }] }
    expect(inChat({ messages: [image] })).toEqual([400, 'messages.0.content.0.type'])
    for (const body of [null, 'text', 5]) expect(refusal(readChatRequest, body)).toEqual([400, null])
  })

  test('has messages of every shape that clients send', () => {
    const messages = [
      { role: 'developer', content: 'Be brief.' },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'a' },
          { type: 'text', text: 'b' },
        ],
        name: 'me',
      },
      { role: 'assistant', content: null },
    ]
    expect(chat({ messages }).prompt).toEqual([
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'ab' },
      { role: 'assistant', content: '' },
    ])
  })
})

describe('depth', () => {
  test('is the field’s, else the header’s, else the effort’s', () => {
    const header = { 'x-compute-budget': ' 30 ' }
    expect(chat({ compute_budget: 0, reasoning_effort: 'high' }, header).budget).toBe(0)
    expect(chat({ reasoning_effort: 'high' }, header).budget).toBe(30)
    expect(chat({ reasoning_effort: 'high' })).toMatchObject({ budget: 75, effort: { think: true } })
    const thinking = (fields: object) => requestOf(chat(fields), SETTINGS, 0).thinking
    expect(thinking({ reasoning_effort: 'high' })).toEqual({ ...SETTINGS.thinking, on: true, maxTokens: 8192 })
    expect(thinking({ reasoning_effort: 'none' })).toEqual({ ...SETTINGS.thinking, on: false, maxTokens: 0 })
    expect(chat({ reasoning_effort: 'none' })).toMatchObject({ budget: 0, effort: { think: false } })
  })

  test('and length of thought grow with every effort, to no bound', () => {
    const meanings = EFFORTS.map(meaningOf)
    for (const [index, { budget, mostThought }] of meanings.slice(1).entries()) {
      expect(budget).toBeGreaterThan(meanings[index]!.budget)
      expect(mostThought ?? Infinity).toBeGreaterThan(meanings[index]!.mostThought!)
    }
    expect(meanings.at(-1)).toEqual({ budget: 100, think: true, mostThought: null })
  })
})

describe('a text to go on with', () => {
  const complete = (fields: object) => refusal(readCompletionRequest, { prompt: 'Once', ...fields })

  test('is taken as it is', () => {
    const asked = readCompletionRequest({ prompt: ['Once'], logprobs: 0 }, {}).asked
    expect(requestOf(asked, SETTINGS, 1)).toMatchObject({ turns: [], text: 'Once', likeliest: 0 })
  })

  test('is one text, and the answer follows it', () => {
    expect(complete({ prompt: ['a', 'b'] })).toEqual([400, 'prompt'])
    expect(complete({ prompt: [1, 2] })).toEqual([400, 'prompt'])
    expect(complete({ prompt: null })).toEqual([400, 'prompt'])
    expect(complete({ echo: true })).toEqual([400, 'echo'])
    expect(complete({ suffix: 'end' })).toEqual([400, 'suffix'])
    expect(complete({ best_of: 3 })).toEqual([400, 'best_of'])
    expect(complete({ echo: false, suffix: '', best_of: 1 })).toBe(null)
  })
})

describe('a request for a response', () => {
  const respond = (fields: object) => refusal(readResponseRequest, { input: 'Hello', ...fields })

  test('has instructions, items and text parts', () => {
    const input = [
      { role: 'user', content: [{ type: 'input_text', text: 'Hello' }] },
      { type: 'reasoning', id: 'rs_1', summary: [] },
      { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'Hi', annotations: [] }] },
    ]
    expect(
      readResponseRequest({ input, instructions: 'Be brief.', reasoning: { effort: 'low' } }, {}).asked,
    ).toMatchObject({
      prompt: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'Hello' },
        { role: 'assistant', content: 'Hi' },
      ],
      budget: 25,
    })
  })

  test('keeps nothing, calls nothing and promises no JSON', () => {
    expect(respond({ previous_response_id: 'resp_1' })).toEqual([400, 'previous_response_id'])
    expect(respond({ tools: [{ type: 'web_search' }] })).toEqual([400, 'tools'])
    expect(respond({ text: { format: { type: 'json_schema' } } })).toEqual([400, 'text'])
    expect(respond({ input: [{ type: 'function_call_output', output: '1' }] })).toEqual([400, 'input.0.type'])
    expect(respond({ input: [{ type: 'message', role: 'user', content: [{ type: 'input_image' }] }] })).toEqual([
      400,
      'input.0.content.0.type',
    ])
    expect(respond({ text: { format: { type: 'text' }, verbosity: 'low' }, store: true, tools: [] })).toBe(null)
  })
})
