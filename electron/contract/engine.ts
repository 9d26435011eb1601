import * as v from 'valibot'
import {
  BudgetSchema,
  CountSchema,
  DeviceSchema,
  ModelInfoSchema,
  MOST_LIKELIEST,
  PaceModeSchema,
  PaceSchema,
  PhaseSchema,
  PrecisionSchema,
  ProviderChoiceSchema,
  ReadingsSchema,
  SamplingSchema,
  SeedSchema,
  SummarySchema,
  ThinkingSchema,
  TokenSchema,
  TurnSchema,
} from '../../models/common/values.ts'
import { TunedPointSchema } from './tuning.ts'
import { FailureSchema } from './values.ts'

/** Version of the protocol between host and engine process. The engine says it in `hello`; a host refuses another one. */
export const ENGINE_PROTOCOL = 4

const GenerationIdSchema = v.pipe(v.number(), v.safeInteger(), v.minValue(0))

/** Host to engine. Generations run side by side; `stop`, `budget`, `pace` and `endThought` act at the next token, also during prefill and loading. */
export const CommandSchema = v.variant('type', [
  /** Prepares (if needed) and loads a model folder, instead of the one loaded. */
  v.strictObject({
    type: v.literal('load'),
    modelFolder: v.string(),
    cacheFolder: v.string(),
    precision: PrecisionSchema,
    provider: ProviderChoiceSchema,
  }),
  v.strictObject({
    type: v.literal('generate'),
    id: GenerationIdSchema,
    turns: v.array(TurnSchema),
    /** Goes on with this text as it is, in place of `turns`, which are its parts. */
    text: v.optional(v.string()),
    /** How the answer to `turns` begins; what is generated goes on from there, without a thought. */
    begun: v.optional(v.string()),
    /** Each token comes with its likelihood, with so many of the likeliest in its place, and with its gate. */
    likeliest: v.optional(v.pipe(CountSchema, v.maxValue(MOST_LIKELIEST))),
    sampling: SamplingSchema,
    seed: SeedSchema,
    /** Of the answer, and of a thought that has none of its own in `thinking`. */
    budget: BudgetSchema,
    thinking: v.optional(ThinkingSchema),
    /**
     * Where all of `turns` would leave too little room for an answer, the oldest are left out, so many of them at least
     * (Engine.generate). Absent: none are, and what does not fit is refused.
     */
    leftOut: v.optional(CountSchema),
    /** What decides about the budget in the person's place; absent: nothing does. */
    pace: v.optional(PaceSchema),
  }),
  /** Answered by `counted`: what a generation with the same fields would read. */
  v.strictObject({
    type: v.literal('count'),
    request: GenerationIdSchema,
    turns: v.array(TurnSchema),
    text: v.optional(v.string()),
    maxTokens: v.pipe(CountSchema, v.minValue(1)),
    thinking: v.optional(ThinkingSchema),
    leftOut: v.optional(CountSchema),
  }),
  /** Without `phase` both get the same. */
  v.strictObject({
    type: v.literal('budget'),
    id: GenerationIdSchema,
    budget: BudgetSchema,
    phase: v.optional(PhaseSchema),
  }),
  /** null: nothing decides about the budget in the person's place any more. */
  v.strictObject({ type: v.literal('pace'), id: GenerationIdSchema, pace: v.nullable(PaceSchema) }),
  /** The end of the thought is inserted, and the answer follows; without effect where there is none. */
  v.strictObject({ type: v.literal('endThought'), id: GenerationIdSchema }),
  v.strictObject({ type: v.literal('stop'), id: GenerationIdSchema }),
  /** Answered by `pong` as soon as the engine's thread is free. */
  v.strictObject({ type: v.literal('ping'), nonce: v.number() }),
  /** Measures loss and speed of the loaded model along the budget; ends with `tuned`. Answers go first. One at a time. */
  v.strictObject({ type: v.literal('tune'), request: GenerationIdSchema, text: v.string() }),
  v.strictObject({ type: v.literal('stopTuning'), request: GenerationIdSchema }),
  /** Gives up the load under way, which then fails with LOAD_CANCELLED; nothing half-done is left. */
  v.strictObject({ type: v.literal('cancelLoad') }),
  v.strictObject({ type: v.literal('shutdown') }),
])
export type Command = v.InferOutput<typeof CommandSchema>

/** Of a prompt, in tokens: all of it, its newest turn alone, and what is read of it without the `leftOut` oldest turns. */
const PromptCountSchema = v.strictObject({
  whole: CountSchema,
  newest: CountSchema,
  read: CountSchema,
  leftOut: CountSchema,
})
export type PromptCount = v.InferOutput<typeof PromptCountSchema>

/** Engine to host. */
export const EngineEventSchema = v.variant('type', [
  v.strictObject({ type: v.literal('hello'), protocol: v.number() }),
  v.strictObject({
    type: v.literal('progress'),
    phase: v.picklist(['preparing', 'loading']),
    fraction: v.pipe(v.number(), v.minValue(0), v.maxValue(1)),
  }),
  v.strictObject({
    type: v.literal('loaded'),
    model: ModelInfoSchema,
    device: DeviceSchema,
    /** Prompts that the model's makers suggest to begin with. */
    starters: v.array(v.string()),
    /** The model's own sampling, for settings that were never changed. */
    sampling: SamplingSchema,
  }),
  v.strictObject({ type: v.literal('loadFailed'), failure: FailureSchema }),
  /** So many of the oldest turns are left out; told before the first `prefill`, where there are any. */
  v.strictObject({ type: v.literal('leftOut'), id: GenerationIdSchema, turns: CountSchema }),
  /** null where nothing can be counted: no model is loaded, or it cannot read this. */
  v.strictObject({ type: v.literal('counted'), request: GenerationIdSchema, counts: v.nullable(PromptCountSchema) }),
  /** The first, with what was kept of earlier turns, says that the generation waits no more. */
  v.strictObject({ type: v.literal('prefill'), id: GenerationIdSchema, done: v.number(), total: v.number() }),
  /** `first`: index of the first of `tokens` in this generation. */
  v.strictObject({
    type: v.literal('tokens'),
    id: GenerationIdSchema,
    first: v.number(),
    tokens: v.array(TokenSchema),
    readings: ReadingsSchema,
  }),
  /** Also where an answer's budget takes over from the thought's own, which alone is told with its phase. */
  v.strictObject({
    type: v.literal('budgetApplied'),
    id: GenerationIdSchema,
    token: v.number(),
    budget: BudgetSchema,
    phase: v.optional(v.literal('thought')),
    /** What decided on it, where that was not the person. */
    by: v.optional(PaceModeSchema),
  }),
  /** The thought goes in circles; noticed with the token before `token`, once. */
  v.strictObject({ type: v.literal('circling'), id: GenerationIdSchema, token: v.number() }),
  v.strictObject({ type: v.literal('finished'), id: GenerationIdSchema, summary: SummarySchema }),
  v.strictObject({ type: v.literal('generationFailed'), id: GenerationIdSchema, failure: FailureSchema }),
  /** `points`: as far as they can be compared, by rising budget. */
  v.strictObject({
    type: v.literal('tuning'),
    request: GenerationIdSchema,
    progress: v.pipe(v.number(), v.minValue(0), v.maxValue(1)),
    paused: v.boolean(),
    points: v.array(TunedPointSchema),
  }),
  /** `points`: of every budget; none where it ended too early for that. */
  v.strictObject({
    type: v.literal('tuned'),
    request: GenerationIdSchema,
    points: v.array(TunedPointSchema),
    failure: v.nullable(FailureSchema),
  }),
  v.strictObject({ type: v.literal('pong'), nonce: v.number() }),
])
export type EngineEvent = v.InferOutput<typeof EngineEventSchema>
