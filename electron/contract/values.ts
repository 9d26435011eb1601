import * as v from 'valibot'
import { ERROR_CODES } from '../../models/common/errors.ts'
import {
  BudgetSchema,
  CountSchema,
  DeviceSchema,
  FinishReasonSchema,
  GateSchema,
  LikelihoodSchema,
  ModelInfoSchema,
  PaceModeSchema,
  ProviderChoiceSchema,
  RoleSchema,
  SamplingSchema,
  SeedSchema,
  ThinkingSchema,
} from '../../models/common/values.ts'
import { PaceSettingsSchema } from './pace.ts'
import { PresetsSchema, SystemPromptSchema } from './presets.ts'

const ShareSchema = v.pipe(v.number(), v.minValue(0), v.maxValue(1))

export const IdSchema = v.pipe(v.number(), v.safeInteger(), v.minValue(1))

export const FailureSchema = v.strictObject({
  code: v.picklist(ERROR_CODES),
  message: v.string(),
  detail: v.optional(v.string()),
})

/** What a person chooses from: 8 bits, or 4 where they gain a tenth of the time (docs/models.md). */
export const PrecisionChoiceSchema = v.picklist(['int8', 'int4'])
export type PrecisionChoice = v.InferOutput<typeof PrecisionChoiceSchema>

export const EngineStatusSchema = v.strictObject({
  phase: v.picklist(['starting', 'preparing', 'loading', 'ready', 'failed']),
  /** 0 to 1 of the present phase, where known. */
  progress: v.nullable(ShareSchema),
  model: v.nullable(ModelInfoSchema),
  device: v.nullable(DeviceSchema),
  failure: v.nullable(FailureSchema),
  /** How often the engine process had to be started again since the app began. */
  restarts: CountSchema,
  /** It has said nothing for so long, though it was asked. */
  silentMs: v.optional(CountSchema),
})
export type EngineStatus = v.InferOutput<typeof EngineStatusSchema>

/** `token`: index of the first token that the new budget could act on; `by`: what decided on it, where that was not the person. */
export const BudgetChangeSchema = v.strictObject({
  token: CountSchema,
  budget: BudgetSchema,
  by: v.optional(PaceModeSchema),
})

/** What was thought before an answer. */
const ThoughtSchema = v.strictObject({
  text: v.string(),
  /** So many of the generation's tokens, the first ones, brought it, its tags included. */
  tokens: CountSchema,
  /** From the end of the prompt to its last token. */
  ms: v.pipe(v.number(), v.minValue(0)),
})

/** A conversation at the end of the context: it asks, stops there, or leaves its oldest turns unread. */
export const OverflowSchema = v.picklist(['ask', 'stop', 'drop'])
export type Overflow = v.InferOutput<typeof OverflowSchema>

/** How an answer came about; kept with it for ever. */
export const GenerationSchema = v.strictObject({
  model: v.string(),
  /** Of the library's model that wrote it (ModelIdSchema); null before there was a library. */
  modelId: v.optional(v.nullable(v.string())),
  device: v.string(),
  /** That was read before the first turn; null or absent: there was none, or it is not known. */
  systemPrompt: v.optional(v.nullable(v.string())),
  budget: BudgetSchema,
  budgetChanges: v.array(BudgetChangeSchema),
  seed: SeedSchema,
  sampling: SamplingSchema,
  /** Per token: recursions of the position that produced it. */
  depths: v.array(CountSchema),
  /** Per token: UTF-16 units that it brought, of the thought's text or of the answer's (0 while a character is incomplete). */
  lengths: v.array(CountSchema),
  /** null where there was none. */
  thought: v.nullable(ThoughtSchema),
  promptTokens: CountSchema,
  /** The first message that was read; null or absent: all were. */
  readsFrom: v.optional(v.nullable(IdSchema)),
  /** null without figures, and where there was nothing that a budget decides about. */
  budgetRealised: v.nullable(BudgetSchema),
  meanDepth: v.nullable(v.number()),
  tokensPerSecond: v.nullable(v.number()),
  ttftMs: v.nullable(v.number()),
  finishReason: v.nullable(FinishReasonSchema),
  failure: v.nullable(FailureSchema),
})
export type Generation = v.InferOutput<typeof GenerationSchema>

/** The record of an answer before its first token. */
export function newGeneration(asked: Pick<Generation, 'budget' | 'seed' | 'sampling'>): Generation {
  return {
    model: '',
    modelId: null,
    device: '',
    systemPrompt: null,
    ...asked,
    budgetChanges: [],
    depths: [],
    lengths: [],
    thought: null,
    promptTokens: 0,
    budgetRealised: null,
    meanDepth: null,
    tokensPerSecond: null,
    ttftMs: null,
    finishReason: null,
    failure: null,
  }
}

/** So many of the likeliest tokens are kept of every token of an answer. */
export const ALTERNATIVES = 5

/** What decided about one token of an answer. */
export const TokenDetailsSchema = v.strictObject({
  /** With ALTERNATIVES of the likeliest; null of what the model did not choose, and of the token that ended the answer. */
  likelihood: v.nullable(LikelihoodSchema),
  gate: v.nullable(GateSchema),
})
export type TokenDetails = v.InferOutput<typeof TokenDetailsSchema>

export const MessageStatusSchema = v.picklist(['complete', 'streaming', 'stopped', 'interrupted', 'error'])
export type MessageStatus = v.InferOutput<typeof MessageStatusSchema>

/** A text file that belongs to a turn of the person. */
export const AttachmentSchema = v.strictObject({
  id: IdSchema,
  name: v.string(),
  /** Of its text in UTF-8. */
  bytes: CountSchema,
})
export type Attachment = v.InferOutput<typeof AttachmentSchema>

/** A node of a conversation's tree. Siblings share a parent: another wording of a turn, another answer to it. */
export const MessageSchema = v.strictObject({
  id: IdSchema,
  conversationId: IdSchema,
  parentId: v.nullable(IdSchema),
  role: RoleSchema,
  status: MessageStatusSchema,
  /** Of an answer: without the thought before it. */
  text: v.string(),
  /** Milliseconds since 1970. */
  createdAt: v.number(),
  generation: v.nullable(GenerationSchema),
  /** Absent where there are none. */
  attachments: v.optional(v.array(AttachmentSchema)),
})
export type Message = v.InferOutput<typeof MessageSchema>

/** A model as a conversation names it, on this machine and elsewhere. */
export const ConversationModelSchema = v.strictObject({
  /** Of the library (ModelIdSchema); null where this machine has no such model. */
  id: v.nullable(v.string()),
  name: v.string(),
  /** ModelInfo.id of the one that answered last; null before it did. */
  hash: v.nullable(v.string()),
})
export type ConversationModel = v.InferOutput<typeof ConversationModelSchema>

export const ConversationSchema = v.strictObject({
  id: IdSchema,
  title: v.string(),
  createdAt: v.number(),
  updatedAt: v.number(),
  /** The tip of the branch on view; null while the conversation is empty. */
  leafId: v.nullable(IdSchema),
  pinned: v.boolean(),
  folderId: v.nullable(IdSchema),
  /** At the end of the context; absent: ask. */
  overflow: v.optional(OverflowSchema),
  /** Its own; absent: the app's. */
  model: v.optional(ConversationModelSchema),
})
export type Conversation = v.InferOutput<typeof ConversationSchema>

/** What is typed and not sent; `conversationId` null: in a new one. */
export const DraftSchema = v.strictObject({
  conversationId: v.nullable(IdSchema),
  text: v.string(),
  /** Absent where there are none. */
  attachments: v.optional(v.array(AttachmentSchema)),
})
export type Draft = v.InferOutput<typeof DraftSchema>

export const ThemeSchema = v.picklist(['system', 'light', 'dark'])

/** Of the window; system: the first of the person's languages that there is. */
export const LanguageSchema = v.picklist(['system', 'en', 'de'])

/** preview: with the title of the conversation and the first words of the answer; plain: only that it is there. */
export const NotificationsSchema = v.picklist(['preview', 'plain', 'off'])

/** Of all text of the window. */
export const TextSizeSchema = v.picklist(['small', 'normal', 'large', 'largest'])

export const SettingsSchema = v.strictObject({
  theme: ThemeSchema,
  textSize: TextSizeSchema,
  language: LanguageSchema,
  budget: BudgetSchema,
  pace: PaceSettingsSchema,
  provider: ProviderChoiceSchema,
  precision: PrecisionChoiceSchema,
  tintByDepth: v.boolean(),
  /** Which of the curves that were measured lies behind the slider, once there is one. */
  sliderCurve: v.picklist(['loss', 'speed', 'none']),
  /** Whether the slider's panel is folded to one line; null: where the window is low. */
  dockFolded: v.nullable(v.boolean()),
  /** Of answers that end while no window is in front; of browsers, in those that were allowed to. */
  notifications: NotificationsSchema,
  sampling: SamplingSchema,
  thinking: ThinkingSchema,
  /** null draws a new seed for every answer. */
  seed: v.nullable(SeedSchema),
  /** A model folder, or null for the built-in model. */
  modelFolder: v.nullable(v.string()),
  /** Of conversations without one of their own. */
  systemPrompt: SystemPromptSchema,
  presets: PresetsSchema,
  /** Whether the welcome of the first start has been read. */
  welcomed: v.boolean(),
})
export type Settings = v.InferOutput<typeof SettingsSchema>
