import * as v from 'valibot'
import { BudgetSchema, ReadingsSchema, SeedSchema, TokenSchema } from '../../models/common/values.ts'
import { ModelIdSchema } from './models.ts'
import { GenerationSchema, IdSchema, MessageStatusSchema } from './values.ts'

/** So many columns a comparison has. */
export const [FEWEST_COLUMNS, MOST_COLUMNS] = [2, 4]

/** What all columns answer. */
export const QuestionSchema = v.strictObject({
  /** null: none, the question stands alone. */
  conversationId: v.nullable(IdSchema),
  /** Under which message of it the question stands; null: at the root. */
  parentId: v.nullable(IdSchema),
  /** The turn that it is; null where it is a new one, or another wording. */
  turnId: v.nullable(IdSchema),
  text: v.pipe(v.string(), v.maxLength(1_000_000)),
})
export type Question = v.InferOutput<typeof QuestionSchema>

const KeptSchema = v.strictObject({ conversationId: IdSchema, messageId: IdSchema })

/** One of the answers. It is not in the history unless it is kept. */
export const ColumnSchema = v.strictObject({
  id: IdSchema,
  /** null: the conversation's, else the app's. */
  modelId: v.nullable(ModelIdSchema),
  status: MessageStatusSchema,
  /** Without the thought before it. */
  text: v.string(),
  generation: GenerationSchema,
  /** The message that it became. */
  kept: v.nullable(KeptSchema),
})
export type Column = v.InferOutput<typeof ColumnSchema>

export const ComparisonSchema = v.strictObject({
  id: IdSchema,
  question: QuestionSchema,
  columns: v.array(ColumnSchema),
})
export type Comparison = v.InferOutput<typeof ComparisonSchema>

const OfColumnSchema = v.strictObject({ columnId: IdSchema })

/** There is one comparison at a time, which every window shows. */
export const COMPARE_CALLS = {
  'compare.read': { params: v.strictObject({}), result: v.nullable(ComparisonSchema) },
  /**
   * Answers the question once for each of `columns`, with the same seed, and with the same sampling where the model is
   * the same. The comparison before
   * is stopped and forgotten, but for what was kept of it. Refused as `chat.send`, but never BUSY.
   */
  'compare.begin': {
    params: v.strictObject({
      question: QuestionSchema,
      columns: v.pipe(
        v.array(v.strictObject({ budget: BudgetSchema, modelId: v.optional(v.nullable(ModelIdSchema)) })),
        v.minLength(FEWEST_COLUMNS),
        v.maxLength(MOST_COLUMNS),
      ),
      /** Absent: that of the settings, else one is drawn. */
      seed: v.optional(SeedSchema),
    }),
    result: ComparisonSchema,
  },
  /** `columnId` null: all of them. Does nothing where they have ended. */
  'compare.stop': { params: v.strictObject({ columnId: v.nullable(IdSchema) }), result: v.null() },
  /** Of the answer; takes effect with the next token. */
  'compare.budget': { params: v.strictObject({ columnId: IdSchema, budget: BudgetSchema }), result: v.null() },
  /**
   * Makes a column an answer of its conversation, beside others to the same question, or of a new one, and shows that
   * branch. BUSY while it is written.
   */
  'compare.keep': { params: OfColumnSchema, result: KeptSchema },
} as const

export const COMPARE_EVENTS = {
  /** Instead of the one before. */
  'compare.begun': ComparisonSchema,
  'compare.prefill': v.strictObject({ columnId: IdSchema, done: v.number(), total: v.number() }),
  /** As `chat.tokens`. */
  'compare.tokens': v.strictObject({
    columnId: IdSchema,
    first: v.number(),
    tokens: v.array(TokenSchema),
    readings: ReadingsSchema,
  }),
  /** As `chat.budget`. */
  'compare.budget': v.strictObject({
    columnId: IdSchema,
    token: v.number(),
    budget: BudgetSchema,
    phase: v.optional(v.literal('thought')),
  }),
  /** It has ended, or was kept. */
  'compare.column': ColumnSchema,
} as const
