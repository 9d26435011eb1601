import * as v from 'valibot'
import { BudgetMeaningSchema, PrecisionSchema, SamplingSchema } from '../common/values.ts'

/**
 * A model, compiled: an ordered list of visits of graphs. Every architecture is one such list; the runtime follows it
 * and knows no family. A visit names the graph, who is admitted to it, what refusal means, the KV cache that it writes
 * and inputs, and the registers between which it moves a token's values. The compute budget is nothing but the
 * thresholds of the plan's admissions.
 *
 * A graph has these inputs and outputs, as far as it names them in its `inputs` and `outputs` (S rows in this run, C rows
 * that the cache has room for, T = C + S, W width of a register, V vocabulary):
 *
 * | input | shape | |
 * |---|---|---|
 * | `ids` | [S] int64 | token ids |
 * | `positions` | [1, S] int64 | absolute positions |
 * | `mask` | [S, T] | 0 where a row may look, −∞ elsewhere |
 * | `split` | [2] int64 | C, S |
 * | `writes` | bool | whether this run writes K/V, where that is the visit's choice |
 * | `key.i`, `value.i` | [kvHeads, 1, C, headDim] | the cache of layer i |
 * | `output_rows` | [N] int64 | rows whose logits are wanted |
 * | others | | constants and indices of the visit, or registers that it reads [S, W] |
 *
 * | output | shape | |
 * |---|---|---|
 * | `new_keys`, `new_values` | [layers · kvHeads, 1, S, headDim] | new K and V of all layers; no rows where a run with `writes` writes none |
 * | `logits` | [N, V] | |
 * | `tap.*` | | what a reference records inside a graph; only in models compiled for comparison |
 * | others | [S, W] | registers that the visit keeps |
 *
 * Its resident form, for a device that keeps K/V and the registers in its own memory, runs all S rows of a pass, which are
 * the last of T positions. In place of `positions`, `mask`, `split`, `writes`, the cache and the new rows it has:
 *
 * | input or output | shape | |
 * |---|---|---|
 * | `last`, `total` | [1] int32 | T − 1; T, in the host's memory |
 * | `reached` | [1] int32 | `last` once more, in the device's memory for the visits that follow |
 * | `past_key.i`, `past_value.i`, `present_key.i`, `present_value.i` | [1, kvHeads, C, headDim] | the cache of layer i, before and behind, bound to the same memory; rows by position |
 *
 * `present_…` are missing in the form NAME.reading of a graph, for visits that read what an earlier one wrote.
 */
const CountSchema = v.pipe(v.number(), v.safeInteger(), v.minValue(0))
const FileNameSchema = v.pipe(v.string(), v.regex(/^[A-Za-z0-9._-]+$/))

const GraphSchema = v.strictObject({ file: FileNameSchema, inputs: v.array(v.string()), outputs: v.array(v.string()) })
const GraphsSchema = v.record(v.string(), GraphSchema)
export type Graphs = v.InferOutput<typeof GraphsSchema>

/** For a device that keeps K/V and state in its own memory. */
const ResidentFormSchema = v.strictObject({
  /** Every graph of the host's form; `NAME.reading` beside one that some visits only read K/V in; `fill.LAYERS`; and the tools of resident-tools.ts. */
  graphs: GraphsSchema,
  /** Graph input → the constants that stand for 0, 1, … of a visit's index. */
  indexed: v.record(v.string(), v.strictObject({ index: v.string(), constants: v.array(v.string()) })),
})
export type ResidentForm = v.InferOutput<typeof ResidentFormSchema>

/** One layer's keys and values: a row for every token that left one. */
const CacheSchema = v.strictObject({ kvHeads: CountSchema, headDim: CountSchema })
export type CacheShape = v.InferOutput<typeof CacheSchema>

const ConstantSchema = v.strictObject({ dims: v.array(CountSchema), offset: CountSchema })

/** Values of a token between visits, [S, width]; `initial`: what a token has before any visit. */
const RegisterSchema = v.strictObject({
  width: CountSchema,
  initial: v.variant('kind', [
    v.strictObject({ kind: v.literal('value'), value: v.pipe(v.number(), v.finite()) }),
    /** A normal distribution cut at `cut` deviations, the same for the same position. */
    v.strictObject({ kind: v.literal('normal'), deviation: v.number(), cut: v.number() }),
  ]),
  /** A token of an answer begins with what the token before it ended with in this register; null: as any other token. */
  carries: v.nullable(v.string()),
})
export type Register = v.InferOutput<typeof RegisterSchema>

/** Holds for tokens whose register, at this column, is at least `atLeast`: a number, or the threshold of an index. */
const ConditionSchema = v.strictObject({
  register: v.string(),
  column: CountSchema,
  atLeast: v.union([v.pipe(v.number(), v.finite()), v.strictObject({ threshold: CountSchema })]),
})
export type Condition = v.InferOutput<typeof ConditionSchema>

export const VisitSchema = v.strictObject({
  graph: v.string(),
  /** Graph input → constant. */
  constants: v.record(v.string(), v.string()),
  /** Graph input [S] int64 → the number that every row of this visit has there; rows of visits that differ in nothing else may share a run. */
  indices: v.record(v.string(), CountSchema),
  /** Graph input → register. */
  inputs: v.record(v.string(), v.string()),
  /** Graph output → register. */
  outputs: v.record(v.string(), v.string()),
  cache: v.nullable(
    v.strictObject({
      /** Per layer of the graph: the cache that it reads. */
      slots: v.pipe(v.array(v.string()), v.minLength(1)),
      /** append: rows see themselves and are appended. shared: rows see what an earlier visit wrote (recursive KV sharing). transient: rows see themselves and leave nothing. */
      mode: v.picklist(['append', 'shared', 'transient']),
      /** Per layer: the cache from which tokens that have no row in the slot get theirs; null: they are not seen. */
      missing: v.nullable(v.array(v.string())),
      /** Per layer: where a token has no row in the slot, the caches of which every token's row in the last that has one is read instead. */
      deepest: v.optional(v.array(v.array(v.string()))),
    }),
  ),
  /** All must hold; none: every row. */
  admission: v.array(ConditionSchema),
  /** Of those that ran, who takes the outcome: all must hold. The others leave K/V only and count as refused. */
  updates: v.array(ConditionSchema),
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
  /** Per threshold: the score; null lets no token in below capacity 0.5 and every token from there on. */
  thresholds: v.array(v.nullable(v.number())),
})
export type CalibrationRow = v.InferOutput<typeof CalibrationRowSchema>

/** How a budget becomes thresholds. */
const BudgetPolicySchema = v.variant('kind', [
  /** There are none. */
  v.strictObject({ kind: v.literal('fixed') }),
  /** Measured beforehand; rows by rising budget. */
  v.strictObject({ kind: v.literal('calibrated'), rows: v.pipe(v.array(CalibrationRowSchema), v.minLength(1)) }),
  /**
   * Scores were not made to be compared with other thresholds than `trained`, so thresholds are quantiles of the scores
   * seen of late. `capacities`: per threshold, the share of all tokens that cleared it in training. `deepening`: up to
   * the trained share earlier visits fill up first, so that a budget is a greatest depth and a part of the last step,
   * and beyond it too; else every threshold lets the same share through.
   */
  v.strictObject({
    kind: v.literal('quantile'),
    trained: v.pipe(v.array(v.number()), v.minLength(1)),
    capacities: v.array(v.pipe(v.number(), v.minValue(0), v.maxValue(1))),
    deepening: v.boolean(),
  }),
  /** All of so many thresholds are one, which moves with the budget; `trained` is the makers' own. */
  v.strictObject({ kind: v.literal('exit'), count: CountSchema, trained: v.number() }),
])
export type BudgetPolicy = v.InferOutput<typeof BudgetPolicySchema>

export const PlanSchema = v.strictObject({
  version: v.literal(5),
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
  /** The graphs by where K/V lie while they run. */
  forms: v.strictObject({ host: GraphsSchema, resident: v.optional(ResidentFormSchema) }),
  caches: v.record(v.string(), CacheSchema),
  registers: v.record(v.string(), RegisterSchema),
  constants: v.record(v.string(), ConstantSchema),
  visits: v.pipe(v.array(VisitSchema), v.minLength(1)),
  /** Index of the first visit of the tail, which every token runs. */
  tail: CountSchema,
  /**
   * How a prompt is read. `chunks`: in any pieces. `whole`: in one pass, its tokens seeing each other both ways (prefix
   * language models). `tokens`: one by one, as a token's exit depends on where those before it have ended.
   */
  prompts: v.picklist(['chunks', 'whole', 'tokens']),
  budget: BudgetMeaningSchema,
  policy: BudgetPolicySchema,
  /** Tokens that end an answer. */
  endTokens: v.array(CountSchema),
  /** What the weights lost by the form in which they were stored, in a sentence. */
  note: v.optional(v.string()),
  /** Of the family, for folders that have none. */
  chatTemplate: v.optional(v.string()),
  /** The sampling that the model's makers recommend. */
  sampling: SamplingSchema,
})
export type Plan = v.InferOutput<typeof PlanSchema>
