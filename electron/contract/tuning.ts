import * as v from 'valibot'
import { BudgetSchema, CountSchema, PrecisionSchema, ProviderSchema } from '../../models/common/values.ts'
import { FailureSchema } from './values.ts'

/** Characters of a text to measure with, at least and at most. */
export const TUNING_TEXT = { least: 400, most: 60_000 } as const

const NotNegativeSchema = v.pipe(v.number(), v.finite(), v.minValue(0))

/** One budget, in percent, as it was measured on a text that is read token by token as an answer is written. */
export const TunedPointSchema = v.strictObject({
  budget: BudgetSchema,
  /** Nats per token. */
  loss: NotNegativeSchema,
  tokensPerSecond: NotNegativeSchema,
  meanDepth: NotNegativeSchema,
  /** Tokens predicted, the same of every budget. */
  tokens: CountSchema,
})
export type TunedPoint = v.InferOutput<typeof TunedPointSchema>

/** Loss and speed along the slider, of one model at one precision on one device of this machine; by rising budget. */
export const CurveSchema = v.strictObject({
  device: ProviderSchema,
  precision: PrecisionSchema,
  /** Name of the file that was read; null: the text that comes with the app. */
  text: v.nullable(v.string()),
  /** Milliseconds since 1970. */
  at: v.number(),
  points: v.array(TunedPointSchema),
})
export type Curve = v.InferOutput<typeof CurveSchema>

/** A measurement under way. Points come one by one, and then all of them again, more exact. */
const MeasuringSchema = v.strictObject({
  text: v.nullable(v.string()),
  progress: v.pipe(v.number(), v.minValue(0), v.maxValue(1)),
  /** While answers are written. */
  paused: v.boolean(),
  points: v.array(TunedPointSchema),
})

/** What is known of the model that is loaded. */
export const TuningSchema = v.strictObject({
  measuring: v.nullable(MeasuringSchema),
  /** The last that was measured. */
  curve: v.nullable(CurveSchema),
  /** Why the last measurement came to nothing. */
  failure: v.nullable(FailureSchema),
})
export type Tuning = v.InferOutput<typeof TuningSchema>

const TextSchema = v.strictObject({
  name: v.pipe(v.string(), v.minLength(1), v.maxLength(255)),
  content: v.pipe(v.string(), v.minLength(TUNING_TEXT.least), v.maxLength(TUNING_TEXT.most)),
})

export const TUNING_CALLS = {
  'tuning.read': { params: v.strictObject({}), result: TuningSchema },
  /**
   * Measures with a text of the person's own, or with the one that comes with the app (null). ENGINE_NOT_READY without a
   * model, BUSY while a measurement is under way, BAD_ARGUMENT where the budget decides about nothing.
   */
  'tuning.start': { params: v.strictObject({ text: v.nullable(TextSchema) }), result: v.null() },
  /** What was measured so far is kept where it is a whole curve. */
  'tuning.stop': { params: v.strictObject({}), result: v.null() },
} as const

export const TUNING_EVENTS = { 'tuning.changed': TuningSchema } as const
