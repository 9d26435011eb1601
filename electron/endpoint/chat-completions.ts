import type { ChatCompletion, ChatCompletionChunk } from 'openai/resources/chat/completions'
import * as v from 'valibot'
import type { Token } from '../../models/common/values.ts'
import { MOST_LIKELIEST } from '../../models/common/values.ts'
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
import { chatLikelihoods } from './likelihoods.ts'
import { MessageSchema, turnsOf } from './messages.ts'
import { piecesOf } from './phase.ts'
import type { RunningAnswer } from './running.ts'

const RequestSchema = v.looseObject({
  ...SHARED_FIELDS,
  messages: v.array(MessageSchema),
  max_tokens: MostTokensSchema,
  max_completion_tokens: MostTokensSchema,
  stop: StopSchema,
  stream_options: StreamOptionsSchema,
  reasoning_effort: EffortSchema,
  logprobs: v.nullish(v.boolean()),
  top_logprobs: v.nullish(v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.maxValue(MOST_LIKELIEST))),
})

const REFUSED = [
  ...['n', 'logit_bias', 'tools', 'functions', 'presence_penalty', 'frequency_penalty'],
  ...['response_format', 'modalities', 'audio'],
]

/** Of `POST /v1/chat/completions`. */
export const readChatRequest: ReadRequest = (body, headers) => {
  const fields = readBody(RequestSchema, body)
  expectServable(body, REFUSED)
  if (fields.top_logprobs && fields.logprobs !== true)
    throw badField('top_logprobs', '“top_logprobs” is told only where “logprobs” is true.')
  const likeliest = fields.logprobs === true ? (fields.top_logprobs ?? 0) : null
  const asked = readAsked(
    fields,
    {
      prompt: turnsOf(fields.messages, 'messages'),
      mostTokens: fields.max_completion_tokens ?? fields.max_tokens,
      stop: fields.stop,
      effort: fields.reasoning_effort,
      likeliest,
    },
    headers,
  )
  const told = { withUsage: fields.stream_options?.include_usage === true, withLikelihoods: likeliest !== null }
  return {
    asked,
    prefix: 'chatcmpl-',
    stream: fields.stream === true,
    sentinel: '[DONE]',
    whole: (answer) => whole(answer, told.withLikelihoods),
    events: (answer) => events(answer, told),
  }
}

/** `reasoning_content`: the thought of a model that thinks, as llama.cpp and others tell it. */
type Message = ChatCompletion.Choice['message'] & { reasoning_content?: string }
type Delta = ChatCompletionChunk.Choice.Delta & { reasoning_content?: string }

async function whole(answer: RunningAnswer, withLikelihoods: boolean): Promise<ChatCompletion & Extras> {
  const tokens: Token[] = []
  for await (const event of answer) if (event.type === 'tokens') tokens.push(...event.tokens)
  const pieces = piecesOf(tokens)
  const textOf = (phase: 'thought' | 'answer'): string =>
    pieces
      .filter((piece) => piece.phase === phase)
      .map(({ text }) => text)
      .join('')
  const thought = textOf('thought')
  const message: Message = {
    role: 'assistant',
    content: textOf('answer'),
    refusal: null,
    ...(thought !== '' && { reasoning_content: thought }),
  }
  const { figures, id, created, model } = answer
  return {
    id,
    object: 'chat.completion',
    created,
    model,
    choices: [
      {
        index: 0,
        message,
        logprobs: withLikelihoods ? { content: chatLikelihoods(tokens), refusal: null } : null,
        finish_reason: finishOf(figures.summary!.finishReason),
      },
    ],
    usage: usageOf(figures),
    ...extrasOf(figures),
  }
}

async function* events(
  answer: RunningAnswer,
  { withUsage, withLikelihoods }: { withUsage: boolean; withLikelihoods: boolean },
): AsyncGenerator<StreamEvent, void> {
  const chunk = (
    choices: ChatCompletionChunk['choices'],
    more: Partial<ChatCompletionChunk & Extras> = {},
  ): StreamEvent & { data: ChatCompletionChunk } => ({
    data: {
      id: answer.id,
      object: 'chat.completion.chunk',
      created: answer.created,
      model: answer.model,
      choices,
      // every chunk but the last has none, and says so where the last is to have one
      ...(withUsage && { usage: null }),
      ...more,
    },
  })
  const choice = (
    delta: Delta,
    tokens: readonly Token[] = [],
    finish: 'stop' | 'length' | null = null,
  ): ChatCompletionChunk.Choice => ({
    index: 0,
    delta,
    logprobs: withLikelihoods && tokens.length > 0 ? { content: chatLikelihoods(tokens), refusal: null } : null,
    finish_reason: finish,
  })
  let begun = false
  for await (const event of answer) {
    if (!begun) yield chunk([choice({ role: 'assistant', content: '' })])
    begun = true
    if (event.type !== 'tokens') continue
    for (const { phase, tokens, text } of piecesOf(event.tokens)) {
      if (text === '' && !withLikelihoods) continue
      yield chunk([choice(phase === 'thought' ? { reasoning_content: text } : { content: text }, tokens)])
    }
  }
  const { figures } = answer
  const extras = extrasOf(figures)
  yield chunk([choice({}, [], finishOf(figures.summary!.finishReason))], extras)
  if (withUsage) yield chunk([], { usage: usageOf(figures), ...extras })
}
