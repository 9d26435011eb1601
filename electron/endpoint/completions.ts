import type { Completion } from 'openai/resources/completions'
import * as v from 'valibot'
import type { Token } from '../../models/common/values.ts'
import { readAsked } from './asked.ts'
import { badField } from './errors.ts'
import {
  EffortSchema,
  expectServable,
  MostTokensSchema,
  readBody,
  SHARED_FIELDS,
  StopSchema,
  StreamOptionsSchema,
} from './fields.ts'
import type { Extras } from './figures.ts'
import { extrasOf, finishOf, usageOf } from './figures.ts'
import type { ReadRequest, StreamEvent } from './format.ts'
import { legacyLikelihoods } from './likelihoods.ts'
import type { RunningAnswer } from './running.ts'

const RequestSchema = v.looseObject({
  ...SHARED_FIELDS,
  prompt: v.union([v.string(), v.array(v.unknown())]),
  max_tokens: MostTokensSchema,
  stop: StopSchema,
  stream_options: StreamOptionsSchema,
  reasoning_effort: EffortSchema,
  logprobs: v.nullish(v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.maxValue(5))),
})

const REFUSED = ['n', 'best_of', 'logit_bias', 'presence_penalty', 'frequency_penalty', 'echo', 'suffix']

/** Of `POST /v1/completions`: a text that is gone on with as it is, without the model's chat template. */
export const readCompletionRequest: ReadRequest = (body, headers) => {
  const fields = readBody(RequestSchema, body)
  expectServable(body, REFUSED)
  const likeliest = fields.logprobs ?? null
  const asked = readAsked(
    fields,
    {
      prompt: promptOf(fields.prompt),
      mostTokens: fields.max_tokens,
      stop: fields.stop,
      effort: fields.reasoning_effort,
      likeliest,
    },
    headers,
  )
  const withLikelihoods = likeliest !== null
  return {
    asked,
    prefix: 'cmpl-',
    stream: fields.stream === true,
    sentinel: '[DONE]',
    whole: (answer) => whole(answer, withLikelihoods),
    events: (answer) => events(answer, { withLikelihoods, withUsage: fields.stream_options?.include_usage === true }),
  }
}

function promptOf(prompt: string | unknown[]): string {
  if (typeof prompt === 'string') return prompt
  const [only, ...others] = prompt
  if (typeof only === 'string' && others.length === 0) return only
  throw badField('prompt', 'The prompt must be one text: neither several, nor the ids of tokens.')
}

type Body = Completion & Partial<Extras>

function bodyOf(
  answer: RunningAnswer,
  choice: { tokens: readonly Token[]; withLikelihoods: boolean; offset: number; isEnd: boolean },
): Body {
  const { tokens, withLikelihoods, offset, isEnd } = choice
  const text = tokens.map((token) => token.text).join('')
  const { summary } = answer.figures
  return {
    id: answer.id,
    object: 'text_completion',
    created: answer.created,
    model: answer.model,
    choices: [
      {
        index: 0,
        text,
        logprobs: withLikelihoods ? legacyLikelihoods(tokens, offset) : null,
        // null while it is being written, which the type of OpenAI's client does not know
        finish_reason: (isEnd ? finishOf(summary!.finishReason) : null)!,
      },
    ],
  }
}

async function whole(answer: RunningAnswer, withLikelihoods: boolean): Promise<Body> {
  const tokens: Token[] = []
  for await (const event of answer) if (event.type === 'tokens') tokens.push(...event.tokens)
  const { figures } = answer
  const body = bodyOf(answer, { tokens, withLikelihoods, offset: 0, isEnd: true })
  return { ...body, usage: usageOf(figures), ...extrasOf(figures) }
}

async function* events(
  answer: RunningAnswer,
  { withLikelihoods, withUsage }: { withLikelihoods: boolean; withUsage: boolean },
): AsyncGenerator<StreamEvent, void> {
  let offset = 0
  for await (const event of answer) {
    if (event.type !== 'tokens') continue
    const data = bodyOf(answer, { tokens: event.tokens, withLikelihoods, offset, isEnd: false })
    offset += data.choices[0]!.text.length
    yield { data }
  }
  const { figures } = answer
  const extras = extrasOf(figures)
  yield { data: { ...bodyOf(answer, { tokens: [], withLikelihoods: false, offset, isEnd: true }), ...extras } }
  if (withUsage) {
    const { id, created, model } = answer
    yield { data: { id, object: 'text_completion', created, model, choices: [], usage: usageOf(figures), ...extras } }
  }
}
