import * as v from 'valibot'
import {
  BudgetSchema,
  CountSchema,
  PaceModeSchema,
  PhaseSchema,
  ProviderChoiceSchema,
  ReadingsSchema,
  SeedSchema,
  TokenSchema,
} from '../../models/common/values.ts'
import { ATTACHMENT_CALLS, AttachmentIdsSchema } from './attachments.ts'
import { COMPARE_CALLS, COMPARE_EVENTS } from './compare.ts'
import { CONTEXT_CALLS } from './context.ts'
import { ENDPOINT_CALLS, EndpointSchema } from './endpoint.ts'
import { MODEL_CALLS, MODEL_EVENTS, ModelIdSchema, OtherEngineSchema } from './models.ts'
import { ORGANISING_CALLS, ORGANISING_EVENTS } from './organising.ts'
import { PORTABLE_CALLS } from './portable.ts'
import { OutlineSchema, SEARCH_CALLS } from './search.ts'
import { PACE_CALLS, PACE_EVENTS } from './pace.ts'
import { PAGE_CALLS } from './pages.ts'
import { ConversationSettingsSchema } from './presets.ts'
import { TUNING_CALLS, TUNING_EVENTS } from './tuning.ts'
import {
  ConversationSchema,
  EngineStatusSchema,
  IdSchema,
  MessageSchema,
  SettingsSchema,
  TokenDetailsSchema,
} from './values.ts'

/** Version of the contract between window and host; both sides ship together, so it only guards a stale page. */
export const CONTRACT_VERSION = 1

const TextSchema = v.pipe(v.string(), v.maxLength(1_000_000))
const TitleSchema = v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(200))
const NothingSchema = v.null()

const AnswerUnderWaySchema = v.strictObject({ conversationId: IdSchema, messageId: IdSchema })
export type AnswerUnderWay = v.InferOutput<typeof AnswerUnderWaySchema>

const AppStateSchema = v.strictObject({
  contract: v.literal(CONTRACT_VERSION),
  version: v.string(),
  settings: SettingsSchema,
  /** The settings as they would be if nothing had been changed: the loaded model's own where it has them. */
  defaults: SettingsSchema,
  engine: EngineStatusSchema,
  /** Those beside it. */
  others: v.array(OtherEngineSchema),
  /** Answers under way, being written or waiting for it: any number, also of one conversation. */
  answering: v.array(AnswerUnderWaySchema),
  /** Prompts to begin an empty conversation with. */
  starters: v.array(v.string()),
  /** Sentences about what happened at start (half answers recovered, a backup made). */
  notices: v.array(v.string()),
})

/** Every call of the window to the host: what goes in, what comes out. */
export const CALLS = {
  'app.state': { params: v.strictObject({}), result: AppStateSchema },
  'settings.change': { params: v.partial(SettingsSchema), result: SettingsSchema },
  /** `search` looks in titles and message texts. Newest first. */
  'conversation.list': {
    params: v.strictObject({ search: v.optional(v.pipe(v.string(), v.maxLength(500))) }),
    result: v.array(ConversationSchema),
  },
  'conversation.create': {
    params: v.strictObject({ settings: v.optional(ConversationSettingsSchema) }),
    result: ConversationSchema,
  },
  /**
   * The whole tree, parents before children. Of a long one, `messages` are the last of the branch on view and those being
   * written, and `outline` is there; `conversation.messages` gives the others.
   */
  'conversation.read': {
    params: v.strictObject({ id: IdSchema }),
    result: v.strictObject({
      conversation: ConversationSchema,
      messages: v.array(MessageSchema),
      outline: v.optional(OutlineSchema),
    }),
  },
  'conversation.rename': { params: v.strictObject({ id: IdSchema, title: TitleSchema }), result: ConversationSchema },
  /** It can be brought back for 30 days. Answers under way in it are stopped. */
  'conversation.delete': { params: v.strictObject({ id: IdSchema }), result: NothingSchema },
  /** The model that answers in it from the next answer on; null: the app's. */
  'conversation.model': {
    params: v.strictObject({ id: IdSchema, modelId: v.nullable(ModelIdSchema) }),
    result: ConversationSchema,
  },
  'conversation.settings': { params: v.strictObject({ id: IdSchema }), result: ConversationSettingsSchema },
  /** Holds from the next answer on. */
  'conversation.configure': {
    params: v.strictObject({ id: IdSchema, settings: ConversationSettingsSchema }),
    result: ConversationSettingsSchema,
  },
  /** Shows the branch that ends in `leafId`. */
  'conversation.select': { params: v.strictObject({ id: IdSchema, leafId: IdSchema }), result: ConversationSchema },
  /**
   * What decided about token `token` (from 0, the thought's included) of an answer, which may be under way, and about
   * those kept together with it, from token `first` on; `details` is empty where nothing is known of it.
   */
  'message.tokenDetails': {
    params: v.strictObject({ messageId: IdSchema, token: CountSchema }),
    result: v.strictObject({ first: CountSchema, details: v.array(TokenDetailsSchema) }),
  },
  /**
   * A new user turn under `parentId` (null: at the root) and the answer to it. Editing a turn is sending under its parent.
   * Without a conversation one is created, and told; where the call is refused, none is. PROMPT_TOO_LONG where the message
   * alone does not fit the context, CONTEXT_FULL where the conversation with it does not, and no turns are to be dropped.
   * BUSY while the branch on view, or the one to go on from, ends in an answer under way.
   */
  'chat.send': {
    params: v.strictObject({
      conversationId: v.nullable(IdSchema),
      parentId: v.nullable(IdSchema),
      text: TextSchema,
      budget: BudgetSchema,
      seed: v.optional(SeedSchema),
      /** What the conversation that is created has of its own. */
      settings: v.optional(ConversationSettingsSchema),
      /** And its model; null or absent: the app's. */
      modelId: v.optional(v.nullable(ModelIdSchema)),
      /** Files before the text, which may be empty then. */
      attachments: v.optional(AttachmentIdsSchema),
    }),
    result: v.strictObject({
      conversation: v.optional(ConversationSchema),
      turn: MessageSchema,
      answer: MessageSchema,
    }),
  },
  /** Another answer beside `messageId` (an answer, which may be under way). Without `seed` a new one is drawn. Refused as `chat.send`. */
  'chat.regenerate': {
    params: v.strictObject({ messageId: IdSchema, budget: BudgetSchema, seed: v.optional(SeedSchema) }),
    result: v.strictObject({ answer: MessageSchema }),
  },
  /** Another answer beside `messageId` (an answer with a text, at its end) that begins with its text and goes on from there. */
  'chat.continue': {
    params: v.strictObject({ messageId: IdSchema, budget: BudgetSchema, seed: v.optional(SeedSchema) }),
    result: v.strictObject({ answer: MessageSchema }),
  },
  /** Another wording of the answer `messageId`, by the person; a generation wrote none of it. */
  'chat.reword': {
    params: v.strictObject({ messageId: IdSchema, text: TextSchema }),
    result: v.strictObject({ answer: MessageSchema }),
  },
  'chat.stop': { params: v.strictObject({ messageId: IdSchema }), result: NothingSchema },
  /** Takes effect with the next token; without `phase` thought and answer get the same. A thought without a budget of its own follows the answer's. */
  'chat.budget': {
    params: v.strictObject({ messageId: IdSchema, budget: BudgetSchema, phase: v.optional(PhaseSchema) }),
    result: NothingSchema,
  },
  /** Ends the thought, so that the answer follows at once. Does nothing where there is none. */
  'chat.endThought': { params: v.strictObject({ messageId: IdSchema }), result: NothingSchema },
  /** BUSY while any answer is under way, as are changes of provider, precision and model folder in the settings. */
  'engine.provider': { params: v.strictObject({ provider: ProviderChoiceSchema }), result: NothingSchema },
  /** Gives up preparing or loading a model; then none is loaded, until another one, or the same again, is asked for. */
  'engine.cancelLoad': { params: v.strictObject({}), result: NothingSchema },
  /** BUSY while any answer is under way. */
  'engine.restart': { params: v.strictObject({}), result: NothingSchema },
  ...SEARCH_CALLS,
  ...MODEL_CALLS,
  ...ORGANISING_CALLS,
  ...PORTABLE_CALLS,
  ...ENDPOINT_CALLS,
  ...PAGE_CALLS,
  ...CONTEXT_CALLS,
  ...TUNING_CALLS,
  ...ATTACHMENT_CALLS,
  ...PACE_CALLS,
  ...COMPARE_CALLS,
} as const

/** Every event of the host to the window. */
export const EVENTS = {
  'engine.status': EngineStatusSchema,
  'settings.changed': SettingsSchema,
  'endpoint.changed': EndpointSchema,
  'conversation.changed': ConversationSchema,
  /** Also where it can be brought back. */
  'conversation.configured': v.strictObject({ id: IdSchema, settings: ConversationSettingsSchema }),
  'conversation.deleted': v.strictObject({ id: IdSchema }),
  /** An answer is under way. It waits for the engine, or for others, until the first `chat.prefill`. */
  'chat.started': AnswerUnderWaySchema,
  /** A window of the app is to show a new conversation. */
  'chat.new': v.null(),
  /** How much of the prompt has been read. */
  'chat.prefill': v.strictObject({ messageId: IdSchema, done: v.number(), total: v.number() }),
  /** `first`: index of the first of `tokens` in the answer. */
  'chat.tokens': v.strictObject({
    messageId: IdSchema,
    first: v.number(),
    tokens: v.array(TokenSchema),
    readings: ReadingsSchema,
  }),
  /** A new budget is in force from token `token` on; before the first `chat.prefill` it is the one to begin at. `phase`: it is the thought's own; `by`: what decided on it in the person's place. */
  'chat.budget': v.strictObject({
    messageId: IdSchema,
    token: v.number(),
    budget: BudgetSchema,
    phase: v.optional(v.literal('thought')),
    by: v.optional(PaceModeSchema),
  }),
  /** The thought goes in circles; told once, with the token before `token`. */
  'chat.circling': v.strictObject({ messageId: IdSchema, token: v.number() }),
  /** The answer as it is kept. */
  'chat.ended': v.strictObject({ message: MessageSchema }),
  ...MODEL_EVENTS,
  ...ORGANISING_EVENTS,
  ...TUNING_EVENTS,
  ...PACE_EVENTS,
  ...COMPARE_EVENTS,
} as const

export type Calls = typeof CALLS
export type CallName = keyof Calls
export type CallParams<N extends CallName> = v.InferInput<Calls[N]['params']>
export type CallResult<N extends CallName> = v.InferOutput<Calls[N]['result']>
export type Events = typeof EVENTS
export type EventName = keyof Events
export type EventData<N extends EventName> = v.InferOutput<Events[N]>
