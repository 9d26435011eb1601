import * as v from 'valibot'
import { BudgetMeaningSchema, PrecisionSchema, SamplingSchema } from '../../electron/contract/values.ts'

/**
 * A model, compiled: an ordered list of visits of graphs. Every architecture is one such list; the runtime follows it
 * and knows no family. A visit names the graph, who is admitted to it, what refusal means, and the KV cache that it
 * writes and reads. The compute budget is nothing but the thresholds of the plan's admissions.
 *
 * A graph has these inputs and outputs, as far as it names them in its `inputs` and `outputs` (S rows in this run, C rows
 * in the cache, T = C + S where the run writes K/V and C elsewhere, D hidden size, V vocabulary):
 *
 * | input | shape | |
 * |---|---|---|
 * | `ids` | [S] int64 | token ids |
 * | `state` | [S, D] | hidden state |
 * | `positions` | [1, S] int64 | absolute positions |
 * | `mask` | [S, T] | 0 where a row may look, −∞ elsewhere |
 * | `split` | [2] int64 | C, S |
 * | `writes` | bool | whether this run writes K/V, where that is the visit's choice |
 * | `key.i`, `value.i` | [C, kvHeads, headDim] | the cache of layer i |
 * | `output_rows` | [N] int64 | rows whose logits are wanted |
 * | others | | constants of the visit |
 *
 * | output | shape | |
 * |---|---|---|
 * | `next_state` | [S, D] | |
 * | `rows` | [S, 2 · layers · kvHeads · headDim] | new K and V, layer by layer |
 * | `score` | [S] | the router's score for a later visit |
 * | `logits` | [N, V] | |
 * | `tap.*` | | what a reference records inside a graph; only in models compiled for comparison |
 */
const CountSchema = v.pipe(v.number(), v.safeInteger(), v.minValue(0))
const FileNameSchema = v.pipe(v.string(), v.regex(/^[A-Za-z0-9._-]+$/))

const GraphSchema = v.strictObject({ file: FileNameSchema, inputs: v.array(v.string()), outputs: v.array(v.string()) })

const CacheSchema = v.strictObject({ layers: CountSchema, kvHeads: CountSchema, headDim: CountSchema })
export type CacheShape = v.InferOutput<typeof CacheSchema>

const ConstantSchema = v.strictObject({ dims: v.array(CountSchema), offset: CountSchema })

export const AdmissionSchema = v.variant('kind', [
  v.strictObject({ kind: v.literal('everyone') }),
  /** Those whose last `score` clears the threshold of this index: score ≥ threshold. */
  v.strictObject({ kind: v.literal('score'), threshold: CountSchema }),
])

export const VisitSchema = v.strictObject({
  graph: v.string(),
  /** Graph input → constant. */
  constants: v.record(v.string(), v.string()),
  /** Reads this cache; `writes`: its rows are appended to it (recursive KV sharing: an earlier visit wrote it). */
  cache: v.nullable(v.strictObject({ name: v.string(), writes: v.boolean() })),
  admission: AdmissionSchema,
  /** What becomes of a refused row: it passes this visit by, or goes to the plan's tail. */
  refusal: v.picklist(['skip', 'tail']),
  /** Whether it counts towards a token's depth. */
  recursion: v.boolean(),
  /** Compute of one row, in layers. */
  cost: v.number(),
})
export type Visit = v.InferOutput<typeof VisitSchema>

const CalibrationRowSchema = v.strictObject({
  /** Share of the optional compute, 0 to 1. */
  budget: v.pipe(v.number(), v.minValue(0), v.maxValue(1)),
  /** Per threshold: share of tokens that clear it, 0 to 1. */
  capacities: v.array(v.pipe(v.number(), v.minValue(0), v.maxValue(1))),
  /** Per threshold: the score; null lets nobody in at capacity 0 and everybody at capacity 1. */
  thresholds: v.array(v.nullable(v.number())),
})
export type CalibrationRow = v.InferOutput<typeof CalibrationRowSchema>

export const PlanSchema = v.strictObject({
  version: v.literal(1),
  /** Of these sources at this precision; the same on every machine. */
  id: v.string(),
  precision: PrecisionSchema,
  /** What config.json calls the model, or else its folder's name. */
  name: v.string(),
  family: v.string(),
  vocabSize: CountSchema,
  hiddenSize: CountSchema,
  contextLength: CountSchema,
  parameters: CountSchema,
  maxDepth: CountSchema,
  graphs: v.record(v.string(), GraphSchema),
  caches: v.record(v.string(), CacheSchema),
  constants: v.record(v.string(), ConstantSchema),
  visits: v.pipe(v.array(VisitSchema), v.minLength(1)),
  /** Index of the first visit of the tail, which every token runs. */
  tail: CountSchema,
  budget: BudgetMeaningSchema,
  /** Rows by rising budget; empty where the budget is not adjustable. */
  calibration: v.array(CalibrationRowSchema),
  /** Tokens that end an answer. */
  endTokens: v.array(CountSchema),
  /** The sampling that the model's makers recommend. */
  sampling: SamplingSchema,
})
export type Plan = v.InferOutput<typeof PlanSchema>
