import * as v from 'valibot'

const TokenIdSchema = v.pipe(v.number(), v.safeInteger(), v.minValue(0))

/** generation_config.json: what a model's makers recommend; every field may be missing or null. */
export const GenerationConfigSchema = v.looseObject({
  do_sample: v.nullish(v.boolean()),
  temperature: v.nullish(v.pipe(v.number(), v.minValue(0), v.maxValue(5))),
  top_k: v.nullish(v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.maxValue(1_000_000))),
  top_p: v.nullish(v.pipe(v.number(), v.gtValue(0), v.maxValue(1))),
  min_p: v.nullish(v.pipe(v.number(), v.minValue(0), v.maxValue(1))),
  repetition_penalty: v.nullish(v.pipe(v.number(), v.minValue(0.1), v.maxValue(10))),
  max_new_tokens: v.nullish(v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(1_000_000))),
  eos_token_id: v.nullish(v.union([TokenIdSchema, v.array(TokenIdSchema)])),
})
export type GenerationConfig = v.InferOutput<typeof GenerationConfigSchema>

/** The part of config.json that every family has. */
export const CommonConfigSchema = v.looseObject({
  model_type: v.optional(v.string()),
  /** What a recording of a reference implementation says in its place. */
  family: v.optional(v.string()),
  /** Depthwise's own field: what to call the model. */
  name: v.optional(v.pipe(v.string(), v.minLength(1), v.maxLength(60))),
  eos_token_id: v.nullish(v.union([TokenIdSchema, v.array(TokenIdSchema)])),
  /** How weights are stored (compressed-tensors.ts). */
  quantization_config: v.optional(v.unknown()),
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
