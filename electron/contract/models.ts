import * as v from 'valibot'
import { CountSchema } from '../../models/common/values.ts'
import { EngineStatusSchema, FailureSchema, PrecisionChoiceSchema } from './values.ts'

/** A path or an address, as a person gives it. */
export const PlaceSchema = v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(4096))

/**
 * `built-in`, `hub:ORG/NAME@COMMIT` (downloaded), `hub-cache:ORG/NAME@COMMIT` (in the Hugging Face cache),
 * `folder:PATH` (added), `gguf:PATH`. The same for ever, so that a conversation can name it.
 */
export const ModelIdSchema = v.pipe(v.string(), v.minLength(1), v.maxLength(4200))
export type ModelId = v.InferOutput<typeof ModelIdSchema>

export const ModelOriginSchema = v.picklist(['built-in', 'folder', 'hub', 'hub-cache', 'gguf'])

/** What a model needs while it runs, computed from its configuration: weights of one precision plus K/V. In bytes. */
export const MemorySchema = v.strictObject({
  weights: v.strictObject({ int8: CountSchema, int4: CountSchema }),
  /** Tokens of conversation for which the two below are meant. */
  context: CountSchema,
  /** K/V of so many tokens at budget 0. */
  kvAtLeast: CountSchema,
  /** K/V of so many tokens at budget 100. */
  kvAtMost: CountSchema,
})
export type Memory = v.InferOutput<typeof MemorySchema>

/** What is known of a model without loading it. null: its configuration could not be read, or does not say. */
const described = {
  name: v.string(),
  licence: v.nullable(v.string()),
  family: v.nullable(v.string()),
  parameters: v.nullable(CountSchema),
  contextLength: v.nullable(CountSchema),
  /** Whether the slider does anything. */
  adjustable: v.boolean(),
  /** One sentence: what the slider means for this model. */
  slider: v.string(),
  /** Whether it has a chat template; without one it continues texts. */
  chat: v.boolean(),
  /** Whether its template lets it think before it answers. */
  thinking: v.boolean(),
  memory: v.nullable(MemorySchema),
  /** Sentences that a person should know before it is used (slow first token, terms to be accepted, …). */
  notes: v.array(v.string()),
}

export const LibraryModelSchema = v.strictObject({
  id: ModelIdSchema,
  origin: ModelOriginSchema,
  ...described,
  /** Folder of the model; the file, where origin is `gguf`. */
  folder: v.string(),
  /** ORG/NAME on the Hub, where it comes from there. */
  repository: v.nullable(v.string()),
  /** The commit, where it comes from the Hub. */
  revision: v.nullable(v.string()),
  bytesOnDisk: CountSchema,
  /** Why it cannot be used; null: nothing is known against it. */
  problem: v.nullable(FailureSchema),
  /** In force when it is used: the one chosen for it, else the one of the settings, else 4 bits where 8 do not fit. */
  precision: PrecisionChoiceSchema,
  /** Whether a person chose the precision for this model. */
  precisionChosen: v.boolean(),
  /** Of the last answers on this machine, tokens a second; null before the first. */
  tokensPerSecond: v.nullable(v.number()),
  /** Whether it is the one that answers, or is being loaded. */
  current: v.boolean(),
  /** downloaded: `models.delete` removes its files. added: it only forgets the folder. none: it does neither. */
  removal: v.picklist(['downloaded', 'added', 'none']),
})
export type LibraryModel = v.InferOutput<typeof LibraryModelSchema>

/** A model on the Hub that is worth having. */
export const CatalogueModelSchema = v.strictObject({
  ...described,
  repository: v.string(),
  /** Why one would want it, in a sentence. */
  why: v.string(),
  gated: v.boolean(),
  /** Of what would be downloaded. */
  bytes: CountSchema,
  /** Of the prepared form, which comes on top of it. */
  prepared: v.strictObject({ int8: CountSchema, int4: CountSchema }),
  /** The library's model that was made of this repository, where there is one. */
  modelId: v.nullable(ModelIdSchema),
})
export type CatalogueModel = v.InferOutput<typeof CatalogueModelSchema>

export const DownloadSchema = v.strictObject({
  id: CountSchema,
  repository: v.string(),
  /** The commit, once the Hub has said it. */
  revision: v.nullable(v.string()),
  /** paused ones and failed ones can be resumed or cancelled, also after a restart; done ones are gone with the next list. */
  phase: v.picklist(['listing', 'downloading', 'verifying', 'paused', 'failed', 'done']),
  bytes: CountSchema,
  /** null before the files have been listed. */
  total: v.nullable(CountSchema),
  /** Of the last seconds; null while nothing arrives. */
  bytesPerSecond: v.nullable(v.number()),
  secondsLeft: v.nullable(v.number()),
  /** Why nothing arrives just now ("The Hub asks to wait 55 seconds."). */
  waiting: v.nullable(v.string()),
  failure: v.nullable(FailureSchema),
  /** The library's model that it became. */
  modelId: v.nullable(ModelIdSchema),
})
export type Download = v.InferOutput<typeof DownloadSchema>

export const LibrarySchema = v.strictObject({
  /** The built-in one first, then by name. */
  models: v.array(LibraryModelSchema),
  catalogue: v.array(CatalogueModelSchema),
  downloads: v.array(DownloadSchema),
  /** In the Hugging Face cache, and GGUF files of LM Studio and Ollama: `models.use` takes them as they lie. */
  found: v.array(LibraryModelSchema),
  machine: v.strictObject({
    /** Bytes of memory that it has. */
    memory: CountSchema,
    /** Bytes free where downloads go; null where the system does not say. */
    freeDisk: v.nullable(CountSchema),
    /** Where downloads go. */
    folder: v.string(),
  }),
  /** Address of the Hub in use. */
  hub: v.string(),
  /** stored: by `models.token`. environment: HF_TOKEN, or the file of the Hugging Face tools. */
  token: v.picklist(['none', 'stored', 'environment']),
  /** Whether this app can keep a token safely, pick a folder in a dialog and show one: not in a browser. */
  canStoreToken: v.boolean(),
  canPick: v.boolean(),
  canShow: v.boolean(),
})
export type Library = v.InferOutput<typeof LibrarySchema>

/** A repository of the Hub as it was asked for: by name, by address, or by a `depthwise://` link. */
export const RepositoryRequestSchema = v.strictObject({ repository: v.string(), revision: v.nullable(v.string()) })
export type RepositoryRequest = v.InferOutput<typeof RepositoryRequestSchema>

/** What the Hub says of a repository; nothing has been downloaded but its small files. */
export const LookSchema = v.strictObject({
  ...described,
  repository: v.string(),
  /** As it was asked for; null: the main branch. */
  asked: v.nullable(v.string()),
  /** The commit that it is now. */
  revision: v.string(),
  gated: v.boolean(),
  /** Those that would be downloaded. */
  files: v.array(v.strictObject({ path: v.string(), bytes: CountSchema })),
  bytes: CountSchema,
  prepared: v.nullable(v.strictObject({ int8: CountSchema, int4: CountSchema })),
  /** Why it could not be run, so that a download would be useless. */
  problem: v.nullable(FailureSchema),
  modelId: v.nullable(ModelIdSchema),
})
export type Look = v.InferOutput<typeof LookSchema>

/** An engine beside the app's own, with a model that a conversation asked for; null: it has been ended. */
export const OtherEngineSchema = v.strictObject({ modelId: ModelIdSchema, status: v.nullable(EngineStatusSchema) })
export type OtherEngine = v.InferOutput<typeof OtherEngineSchema>

const OfModelSchema = v.strictObject({ id: ModelIdSchema })
const OfDownloadSchema = v.strictObject({ id: CountSchema })
const WhereSchema = v.strictObject({
  /** ORG/NAME, https://huggingface.co/ORG/NAME[/tree/REVISION] or depthwise://models/huggingface/ORG/NAME. */
  repository: PlaceSchema,
  revision: v.optional(v.pipe(v.string(), v.trim(), v.maxLength(200))),
})
const NothingSchema = v.null()

export const MODEL_CALLS = {
  /** Asks only this machine. */
  'models.list': { params: v.strictObject({}), result: LibrarySchema },
  /** Loads a model of the library, or one that was found, in place of the present one. BUSY while any answer is under way. */
  'models.use': { params: OfModelSchema, result: NothingSchema },
  /** Adds a folder, or a GGUF file, as it lies. */
  'models.add': { params: v.strictObject({ folder: PlaceSchema }), result: LibraryModelSchema },
  /** Adds the folder chosen in the system's dialog; null: none was chosen. */
  'models.pick': { params: v.strictObject({}), result: v.nullable(LibraryModelSchema) },
  /** Asks the Hub about a repository. */
  'models.look': { params: WhereSchema, result: LookSchema },
  'models.download': { params: WhereSchema, result: DownloadSchema },
  'models.pause': { params: OfDownloadSchema, result: NothingSchema },
  'models.resume': { params: OfDownloadSchema, result: NothingSchema },
  /** Also removes what has arrived. */
  'models.cancel': { params: OfDownloadSchema, result: NothingSchema },
  /** As its `removal` says; the prepared form goes too. BUSY where it is the current one and an answer is under way. */
  'models.delete': { params: OfModelSchema, result: NothingSchema },
  /** Shows the folder in the system's file manager. */
  'models.show': { params: OfModelSchema, result: NothingSchema },
  /** null forgets it. */
  'models.token': {
    params: v.strictObject({ token: v.nullable(v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(500))) }),
    result: NothingSchema,
  },
  /** null: as fits. Loads the model again where it is the current one (then BUSY while any answer is under way). */
  'models.precision': {
    params: v.strictObject({ id: ModelIdSchema, precision: v.nullable(PrecisionChoiceSchema) }),
    result: NothingSchema,
  },
} as const

export const MODEL_EVENTS = {
  'models.changed': LibrarySchema,
  'engine.other': OtherEngineSchema,
  /** Several times a second at most; `done`, `failed` and `paused` are also followed by `models.changed`. */
  'models.progress': DownloadSchema,
  /** A `depthwise://` link was opened: show the page of models with this repository filled in. */
  'models.open': RepositoryRequestSchema,
} as const
