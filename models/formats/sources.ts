import * as v from 'valibot'

/** Ids outside the vocabulary, −1 for none among them, mean nothing. */
const TokenIdSchema = v.pipe(v.number(), v.safeInteger())
const TokenIdsSchema = v.nullish(v.union([TokenIdSchema, v.array(v.nullable(TokenIdSchema))]))

/** What a window has room for. */
const MAX_NAME = 60

/** generation_config.json: what a model's makers recommend; every field may be missing or null. */
export const GenerationConfigSchema = v.looseObject({
  do_sample: v.nullish(v.boolean()),
  temperature: v.nullish(v.pipe(v.number(), v.minValue(0), v.maxValue(5))),
  /** −1: all tokens, as 0 says too. */
  top_k: v.nullish(v.pipe(v.number(), v.safeInteger(), v.minValue(-1), v.maxValue(1_000_000))),
  /** 0: the likeliest token alone. */
  top_p: v.nullish(v.pipe(v.number(), v.minValue(0), v.maxValue(1))),
  min_p: v.nullish(v.pipe(v.number(), v.minValue(0), v.maxValue(1))),
  repetition_penalty: v.nullish(v.pipe(v.number(), v.minValue(0.1), v.maxValue(10))),
  max_new_tokens: v.nullish(v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(1_000_000))),
  eos_token_id: TokenIdsSchema,
})
export type GenerationConfig = v.InferOutput<typeof GenerationConfigSchema>

function shortened(name: string): string {
  return name.length > MAX_NAME ? `${name.slice(0, MAX_NAME - 1)}…` : name
}

/** The part of config.json that every family has. */
export const CommonConfigSchema = v.looseObject({
  model_type: v.nullish(v.string()),
  /** What a recording of a reference implementation says in its place. */
  family: v.nullish(v.string()),
  /** Depthwise's own field: what to call the model. */
  name: v.nullish(v.pipe(v.string(), v.transform(shortened))),
  eos_token_id: TokenIdsSchema,
  /** How weights are stored (compressed-tensors.ts). */
  quantization_config: v.optional(v.unknown()),
  /** How MLX says it; its form cannot be read. */
  quantization: v.optional(v.unknown()),
})

const ShareSchema = v.pipe(v.number(), v.minValue(0), v.maxValue(1))

/** calibration.json: for a number of budgets, the thresholds that realise them. */
export const CalibrationSchema = v.object({
  budgets: v.pipe(
    v.array(
      v.object({
        budget: ShareSchema,
        capacities: v.array(ShareSchema),
        thresholds: v.array(v.nullable(v.pipe(v.number(), v.finite()))),
        /** Loss measured at this budget, in nats per token. */
        nll: v.nullish(v.pipe(v.number(), v.finite(), v.minValue(0))),
      }),
    ),
    v.minLength(2),
  ),
})

/** starters.json: prompts that a model's makers suggest. */
export const StartersSchema = v.pipe(v.array(v.pipe(v.string(), v.minLength(1), v.maxLength(500))), v.maxLength(12))
