import * as v from 'valibot'
import type { Token } from '../../models/common/values.ts'
import { MOST_LIKELIEST } from '../../models/common/values.ts'
import { readAsked } from './asked.ts'
import { tellError } from './errors.ts'
import { EffortSchema, expectServable, MostTokensSchema, readBody, SHARED_FIELDS } from './fields.ts'
import { finishOf } from './figures.ts'
import type { ReadRequest, ResponseEvent, StreamEvent } from './format.ts'
import { piecesOf } from './phase.ts'
import type { Echo } from './response-body.ts'
import { bodyOf } from './response-body.ts'
import { InputSchema, turnsOfInput } from './responses-input.ts'
import { ResponseItems } from './response-items.ts'
import type { RunningAnswer } from './running.ts'

const RequestSchema = v.looseObject({
  ...SHARED_FIELDS,
  input: InputSchema,
  instructions: v.nullish(v.string()),
  max_output_tokens: MostTokensSchema,
  reasoning: v.nullish(v.looseObject({ effort: EffortSchema })),
  include: v.nullish(v.array(v.string())),
  top_logprobs: v.nullish(v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.maxValue(MOST_LIKELIEST))),
  metadata: v.nullish(v.record(v.string(), v.string())),
})

const REFUSED = [
  'tools',
  'text',
  'previous_response_id',
  'conversation',
  'background',
  'presence_penalty',
  'frequency_penalty',
]

/** Of `POST /v1/responses`; nothing is kept of it. */
export const readResponseRequest: ReadRequest = (body, headers) => {
  const fields = readBody(RequestSchema, body)
  expectServable(body, REFUSED)
  const wantsLikelihoods = fields.include?.includes('message.output_text.logprobs') ?? false
  const likeliest = wantsLikelihoods || fields.top_logprobs ? (fields.top_logprobs ?? 0) : null
  const asked = readAsked(
    fields,
    {
      prompt: turnsOfInput(fields.input, fields.instructions),
      mostTokens: fields.max_output_tokens,
      effort: fields.reasoning?.effort,
      likeliest,
    },
    headers,
  )
  const echo: Echo = {
    instructions: fields.instructions ?? null,
    metadata: fields.metadata ?? {},
    temperature: fields.temperature ?? null,
    top_p: fields.top_p ?? null,
    max_output_tokens: fields.max_output_tokens ?? null,
    effort: fields.reasoning?.effort ?? null,
  }
  return {
    asked,
    prefix: 'resp_',
    stream: fields.stream === true,
    whole: (answer) => whole(answer, echo),
    events: (answer) => numbered(events(answer, echo)),
  }
}

async function whole(answer: RunningAnswer, echo: Echo): Promise<object> {
  const tokens: Token[] = []
  for await (const event of answer) if (event.type === 'tokens') tokens.push(...event.tokens)
  const items = new ResponseItems(answer.id)
  for (const piece of piecesOf(tokens)) items.add(piece)
  items.finish(isCut(answer))
  return bodyOf(answer, echo, 'ended', items.output)
}

/** Events in the order of OpenAI's API, which has the whole response at both ends. */
async function* events(answer: RunningAnswer, echo: Echo): AsyncGenerator<ResponseEvent, void> {
  const items = new ResponseItems(answer.id)
  let begun = false
  try {
    for await (const event of answer) {
      if (!begun) {
        yield { type: 'response.created', response: bodyOf(answer, echo, 'in_progress', []) }
        yield { type: 'response.in_progress', response: bodyOf(answer, echo, 'in_progress', []) }
        begun = true
      }
      if (event.type === 'tokens') for (const piece of piecesOf(event.tokens)) yield* items.add(piece)
    }
    yield* items.finish(isCut(answer))
    const response = bodyOf(answer, echo, 'ended', items.output)
    yield { type: response.status === 'incomplete' ? 'response.incomplete' : 'response.completed', response }
  } catch (error) {
    // before the first event it can have a status of its own
    if (!begun) throw error
    const { message } = tellError(error).body.error
    const response = bodyOf(answer, echo, 'failed', items.output, { code: 'server_error', message })
    yield { type: 'response.failed', response }
  }
}

/** Whether a bound, or the context, ended it. */
const isCut = ({ figures }: RunningAnswer): boolean => finishOf(figures.summary!.finishReason) === 'length'

async function* numbered(plain: AsyncGenerator<ResponseEvent, void>): AsyncGenerator<StreamEvent, void> {
  let next = 0
  for await (const event of plain) yield { event: event.type, data: { ...event, sequence_number: next++ } }
}
