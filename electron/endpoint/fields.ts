import * as v from 'valibot'
import { BudgetSchema, SamplingSchema } from '../../models/common/values.ts'
import { DepthwiseError } from '../../models/common/errors.ts'
import { EFFORTS } from './effort.ts'
import { badField } from './errors.ts'

/** Fields that every kind of request shares. Unknown ones are ignored, and null is as if a field were absent. */
export const SHARED_FIELDS = {
  model: v.nullish(v.string()),
  stream: v.nullish(v.boolean()),
  temperature: v.nullish(SamplingSchema.entries.temperature),
  top_p: v.nullish(v.pipe(v.number(), v.minValue(0), v.maxValue(1))),
  /** As of llama.cpp and others: 0 and -1 keep every token. */
  top_k: v.nullish(v.pipe(v.number(), v.safeInteger(), v.minValue(-1), v.maxValue(1_000_000))),
  min_p: v.nullish(SamplingSchema.entries.minP),
  repeat_penalty: v.nullish(SamplingSchema.entries.repetitionPenalty),
  repetition_penalty: v.nullish(SamplingSchema.entries.repetitionPenalty),
  seed: v.nullish(v.pipe(v.number(), v.safeInteger())),
  compute_budget: v.nullish(BudgetSchema),
}

export const StreamOptionsSchema = v.nullish(v.looseObject({ include_usage: v.nullish(v.boolean()) }))

export const StopSchema = v.nullish(v.union([v.string(), v.array(v.string())]))

export const EffortSchema = v.nullish(v.picklist(EFFORTS))

/** -1: no bound. */
export const MostTokensSchema = v.nullish(
  v.pipe(
    v.number(),
    v.safeInteger(),
    v.check((most) => most === -1 || most >= 1, 'A whole number, 1 or more, or -1 for no bound.'),
  ),
)

/** @throws DepthwiseError BAD_ARGUMENT, BUDGET_OUT_OF_RANGE, with the path of the field in `detail` */
export function readBody<T extends v.GenericSchema>(schema: T, body: unknown): v.InferOutput<T> {
  const parsed = v.safeParse(schema, body)
  if (parsed.success) return parsed.output
  const [issue] = parsed.issues
  const path = v.getDotPath(issue)
  if (path === null) throw new DepthwiseError('BAD_ARGUMENT', 'The body must be a JSON object.')
  if (path === 'compute_budget') throw budgetOutOfRange(path)
  const why = issue.message.replace(/^Invalid \w+: E/, 'e').replace(/\.?$/, '.')
  throw badField(path, `“${path}” cannot be used: ${why}`)
}

export const budgetOutOfRange = (field: string): DepthwiseError =>
  new DepthwiseError('BUDGET_OUT_OF_RANGE', 'The compute budget must be a number from 0 to 100 percent.', {
    detail: field,
  })

/** Fields that would change what an answer means, in a way that this endpoint cannot serve, and the values that change nothing. */
const REFUSED: readonly { field: string; harmless: (value: unknown) => boolean; message: string }[] = [
  {
    field: 'n',
    harmless: (value) => value === 1,
    message: 'One request brings one answer. Leave “n” out, and send several requests: they are answered side by side.',
  },
  {
    field: 'best_of',
    harmless: (value) => value === 1,
    message: 'One request brings one answer, not the best of some.',
  },
  { field: 'logit_bias', harmless: isEmpty, message: 'Logits cannot be biased here.' },
  { field: 'tools', harmless: isEmpty, message: 'Tools cannot be called here.' },
  { field: 'functions', harmless: isEmpty, message: 'Functions cannot be called here.' },
  {
    field: 'presence_penalty',
    harmless: (value) => value === 0,
    message: 'There is no presence penalty here; there is “repetition_penalty”.',
  },
  {
    field: 'frequency_penalty',
    harmless: (value) => value === 0,
    message: 'There is no frequency penalty here; there is “repetition_penalty”.',
  },
  {
    field: 'response_format',
    harmless: isText,
    message: 'Answers are plain text: no grammar holds them to JSON here, so nothing promises it.',
  },
  {
    field: 'text',
    harmless: (value) => isText((value as { format?: unknown } | null)?.format),
    message: 'Answers are plain text: no grammar holds them to JSON here, so nothing promises it.',
  },
  {
    field: 'modalities',
    harmless: (value) => Array.isArray(value) && value.every((one) => one === 'text'),
    message: 'Answers are text.',
  },
  { field: 'audio', harmless: () => false, message: 'Answers are text.' },
  { field: 'echo', harmless: (value) => value === false, message: 'The prompt is not sent back.' },
  { field: 'suffix', harmless: (value) => value === '', message: 'Text is written at the end, never before a suffix.' },
  {
    field: 'previous_response_id',
    harmless: () => false,
    message: 'Nothing is kept between requests. Send the whole conversation as “input”.',
  },
  {
    field: 'conversation',
    harmless: () => false,
    message: 'Nothing is kept between requests. Send the whole conversation as “input”.',
  },
  { field: 'background', harmless: (value) => value === false, message: 'Answers are not written in the background.' },
]

/** @throws DepthwiseError BAD_ARGUMENT */
export function expectServable(body: unknown, fields: readonly string[]): void {
  const values = body as Record<string, unknown>
  for (const { field, harmless, message } of REFUSED) {
    if (!fields.includes(field)) continue
    const value = values[field] ?? undefined
    if (value !== undefined && !harmless(value)) throw badField(field, message)
  }
}

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0
}

function isText(format: unknown): boolean {
  return format === undefined || format === null || (format as { type?: unknown }).type === 'text'
}
