import * as v from 'valibot'

/** A number of things. */
export const CountSchema = v.pipe(v.number(), v.safeInteger(), v.minValue(0))

/** Compute budget in percent of the optional compute, 0 to 100. */
export const BudgetSchema = v.pipe(v.number(), v.finite(), v.minValue(0), v.maxValue(100))

/** How the next token is drawn from the logits. */
export const SamplingSchema = v.strictObject({
  /** 0 is greedy. */
  temperature: v.pipe(v.number(), v.minValue(0), v.maxValue(5)),
  /** 0 keeps every token. */
  topK: v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.maxValue(1_000_000)),
  /** 1 keeps every token. */
  topP: v.pipe(v.number(), v.gtValue(0), v.maxValue(1)),
  /** Share of the likeliest token's probability below which a token is dropped; 0 drops none. */
  minP: v.pipe(v.number(), v.minValue(0), v.maxValue(1)),
  /** 1 changes nothing. */
  repetitionPenalty: v.pipe(v.number(), v.minValue(0.1), v.maxValue(10)),
  maxTokens: v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(1_000_000)),
  stop: v.pipe(v.array(v.pipe(v.string(), v.minLength(1), v.maxLength(200))), v.maxLength(16)),
})
export type Sampling = v.InferOutput<typeof SamplingSchema>

/** Where a model's makers recommend nothing: sane for small chat models. An answer ends by itself, or where the context does. */
export const DEFAULT_SAMPLING: Sampling = {
  temperature: 0.6,
  topK: 0,
  topP: 0.9,
  minP: 0.05,
  repetitionPenalty: 1.1,
  maxTokens: 4096,
  stop: [],
}

/** How a model is to think before it answers; without meaning for one that does not. */
export const ThinkingSchema = v.strictObject({
  /** Whether one thinks that can also answer at once. */
  on: v.boolean(),
  /** Tokens of a thought at most, upon which its end is inserted; null: no bound. */
  maxTokens: v.nullable(v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.maxValue(1_000_000))),
  /** Compute budget of the thought; null: that of the answer. */
  budget: v.nullable(BudgetSchema),
  /** Whether a thought that goes in circles is ended at once. */
  cutLoops: v.boolean(),
  /** Whether the thoughts of earlier answers are read again, where the chat template can show them. */
  keep: v.boolean(),
})
export type Thinking = v.InferOutput<typeof ThinkingSchema>

export const DEFAULT_THINKING: Thinking = { on: true, maxTokens: null, budget: null, cutLoops: false, keep: false }

/** A part of what a model writes. */
export const PhaseSchema = v.picklist(['thought', 'answer'])
export type Phase = v.InferOutput<typeof PhaseSchema>

export const SeedSchema = v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.maxValue(0xffff_ffff))

export const RoleSchema = v.picklist(['system', 'user', 'assistant'])
export type Role = v.InferOutput<typeof RoleSchema>

/** One turn as the chat template of a model reads it. */
export const TurnSchema = v.strictObject({
  role: RoleSchema,
  content: v.string(),
  /** What was thought before an answer, where the template is to read it again. */
  thought: v.optional(v.string()),
})
export type Turn = v.InferOutput<typeof TurnSchema>

export const FinishReasonSchema = v.picklist(['end', 'length', 'stop', 'context', 'stopped', 'interrupted', 'error'])
/** end: end-of-turn token; length: maxTokens; stop: a stop string; context: the model's context is full; stopped: by the person; interrupted: the engine went away. */
export type FinishReason = v.InferOutput<typeof FinishReasonSchema>

export const ProviderSchema = v.picklist(['cpu', 'webgpu'])
export type Provider = v.InferOutput<typeof ProviderSchema>
export const ProviderChoiceSchema = v.picklist(['auto', 'cpu', 'webgpu'])
export type ProviderChoice = v.InferOutput<typeof ProviderChoiceSchema>

export const PrecisionSchema = v.picklist(['fp32', 'int8', 'int4'])
/** fp32: as stored; int8, int4: block-quantised matrices, routers and norms stay float32. */
export type Precision = v.InferOutput<typeof PrecisionSchema>

export const DeviceSchema = v.strictObject({
  provider: ProviderSchema,
  /** Why this one is used and, where a better one was refused, why. */
  reason: v.string(),
  threads: CountSchema,
})
export type Device = v.InferOutput<typeof DeviceSchema>

/** A difference of losses, in nats per token, below which answers can hardly be told apart. */
export const HARDLY_NATS = 0.01

/** What its makers measured along the slider. */
export const BudgetEffectSchema = v.strictObject({
  /** Between the worst and the best measured loss, in nats per token. */
  spread: v.pipe(v.number(), v.finite(), v.minValue(0)),
  /** The lowest budget whose measured loss is within HARDLY_NATS of the best, in percent. */
  first: BudgetSchema,
})
export type BudgetEffect = v.InferOutput<typeof BudgetEffectSchema>

export const BudgetMeaningSchema = v.strictObject({
  adjustable: v.boolean(),
  /** Whether the model was made for every position of the slider. */
  trained: v.boolean(),
  /** What the slider does with this model, or why it does nothing. */
  explanation: v.string(),
  /** null where nothing was measured. */
  effect: v.nullable(BudgetEffectSchema),
})
export type BudgetMeaning = v.InferOutput<typeof BudgetMeaningSchema>

/** How a model thinks, as its chat template and its tokens tell. */
export const ThinkingAbilitySchema = v.strictObject({
  /** none: nothing asks it to; switch: its template can ask for a thought, or for none; always: its template begins every answer with one. */
  kind: v.picklist(['none', 'switch', 'always']),
  /** What stands around a thought, as `<think>` and `</think>`; empty where no such pair is known. */
  begin: v.string(),
  end: v.string(),
  /** Whether its template can show it the thoughts of earlier answers. */
  preserves: v.boolean(),
})
export type ThinkingAbility = v.InferOutput<typeof ThinkingAbilitySchema>

export const ModelInfoSchema = v.strictObject({
  /** Of these weights at this precision; the same on every machine. */
  id: v.string(),
  name: v.string(),
  family: v.string(),
  parameters: CountSchema,
  vocabSize: CountSchema,
  contextLength: CountSchema,
  /** The fewest and the most recursions that a token can take. */
  minDepth: CountSchema,
  maxDepth: CountSchema,
  precision: PrecisionSchema,
  /** What the weights lost by the form in which they were stored, in a sentence. */
  note: v.optional(v.string()),
  budget: BudgetMeaningSchema,
  /** Whether it has a chat template; else it goes on with texts. */
  chat: v.boolean(),
  thinking: ThinkingAbilitySchema,
})
export type ModelInfo = v.InferOutput<typeof ModelInfoSchema>

/** Tokens per second. */
export const SpeedSchema = v.pipe(v.number(), v.finite(), v.minValue(0.1), v.maxValue(10_000))

/**
 * Who decides about the budget of an answer in place of the person; speeds in tokens per second. hold: the highest budget at
 * which `atLeast` is held, of thought and answer alike. quiet: no more than `budget`, and all quiet answers together no
 * faster than `atMost` (null: as fast as they come).
 */
export const PaceSchema = v.variant('mode', [
  v.strictObject({ mode: v.literal('hold'), atLeast: SpeedSchema }),
  v.strictObject({ mode: v.literal('quiet'), atMost: v.nullable(SpeedSchema), budget: BudgetSchema }),
])
export type Pace = v.InferOutput<typeof PaceSchema>

export const PaceModeSchema = v.picklist(['hold', 'quiet'])
export type PaceMode = v.InferOutput<typeof PaceModeSchema>

/** measuring: too few tokens to tell; tooSlow: even at budget 0. */
export const HoldStateSchema = v.picklist(['measuring', 'holding', 'tooSlow'])
export type HoldState = v.InferOutput<typeof HoldStateSchema>

/** Over so many tokens a budget is kept to within 5 points; a shorter answer may be further from it. */
export const KEPT_OVER = 200

/** A number of the last tokens, as shown beside the slider. */
export const ReadingsSchema = v.strictObject({
  tokensPerSecond: v.pipe(v.number(), v.minValue(0)),
  meanDepth: v.pipe(v.number(), v.minValue(0)),
  /** Budgets in percent. */
  budgetAsked: BudgetSchema,
  /** null where there is nothing that a budget decides about. */
  budgetRealised: v.nullable(BudgetSchema),
  /** So many tokens `budgetRealised` is an average over: since the budget was last moved, and KEPT_OVER at most. */
  over: v.optional(CountSchema),
  /** Where a speed is to be held. */
  hold: v.optional(HoldStateSchema),
})
export type Readings = v.InferOutput<typeof ReadingsSchema>

/** The most of the likeliest tokens that can be asked for beside each token of an answer. */
export const MOST_LIKELIEST = 20

/** A token's own text (its name, where it stands for none) and the natural logarithm of its probability. */
export const LikelySchema = v.strictObject({ text: v.string(), logProbability: v.number() })
export type Likely = v.InferOutput<typeof LikelySchema>

/** Of one token, as the model gave it, before temperature, penalty and truncation; with the likeliest in its place. */
export const LikelihoodSchema = v.strictObject({ ...LikelySchema.entries, likeliest: v.array(LikelySchema) })
export type Likelihood = v.InferOutput<typeof LikelihoodSchema>

/**
 * The last gate that the position of a token met on its way: its score, as the model's router gave it (of models that exit
 * early: what they hold against going on), and what the budget asked for. Scores can be compared within a model only.
 */
export const GateSchema = v.strictObject({
  score: v.pipe(v.number(), v.finite()),
  /** The score from which on a token went on; null where none did, or all, whatever their score. */
  least: v.nullable(v.pipe(v.number(), v.finite())),
  passed: v.boolean(),
})
export type Gate = v.InferOutput<typeof GateSchema>

/** One generated token: its text, the recursions of the position that produced it, the budget in force. */
export const TokenSchema = v.strictObject({
  text: v.string(),
  depth: CountSchema,
  budget: BudgetSchema,
  /** Where it was asked for; never of the token that ends an answer. */
  likelihood: v.optional(LikelihoodSchema),
  /** Where likelihoods were asked for; never of models that decide nothing, or decided it out of sight. */
  gate: v.optional(GateSchema),
  /** Given only where it belongs to a thought, tags included, which have no text. */
  phase: v.optional(v.literal('thought')),
})
export type Token = v.InferOutput<typeof TokenSchema>

/** Figures of a finished generation. Budgets in percent, times in milliseconds. */
export const SummarySchema = v.strictObject({
  finishReason: FinishReasonSchema,
  promptTokens: v.number(),
  tokens: v.number(),
  /** Mean over the generated tokens, null where there is none. */
  meanDepth: v.nullable(v.number()),
  budgetRealised: v.nullable(BudgetSchema),
  tokensPerSecond: v.nullable(v.number()),
  ttftMs: v.nullable(v.number()),
  /** Of `tokens`, those of the thought, tags included, and the time from the prompt's end to its last; absent where there was none. */
  thought: v.optional(v.strictObject({ tokens: CountSchema, ms: v.pipe(v.number(), v.minValue(0)) })),
})
export type Summary = v.InferOutput<typeof SummarySchema>
