import { execFile } from 'node:child_process'
import path from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { client, QUESTION, real, TOKEN } from './support.ts'

/** A Python that has the package openai. */
const python = process.env.DEPTHWISE_PYTHON_OPENAI

test.skipIf(!python)(
  'OpenAI’s own client for Python gets what the one for Node gets',
  { timeout: 120_000 },
  async () => {
    const endpoint = await real()
    const { chat } = client(endpoint)
    const { choices } = await chat.completions.create({
      model: '',
      messages: [...QUESTION],
      temperature: 0,
      max_completion_tokens: 24,
    })
    const text = choices[0]!.message.content
    const script = path.join(import.meta.dirname, 'openai_client.py')
    const { stdout } = await promisify(execFile)(python!, [script, endpoint.address!, TOKEN])
    expect(JSON.parse(stdout)).toMatchObject({
      model: 'Depthwise Starter',
      chat: text,
      streamed: text,
      helper: text,
      response: text,
      finish_reason: choices[0]!.finish_reason,
      depthwise: { mean_depth: expect.any(Number) as number },
      deep: { mean_depth: 3, budget_realised: 100 },
      errors: {
        n: ['BadRequestError', 'n'],
        response_format: ['BadRequestError', 'response_format'],
        compute_budget: ['BadRequestError', 'compute_budget'],
        token: ['AuthenticationError', 'invalid_api_key'],
      },
    })
  },
)
